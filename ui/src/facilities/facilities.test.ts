import { expect, test } from 'vitest'
import { namesOf, parseNames, withFacility, withNames, type Profile } from './facilities'

const none: Profile = { facilities: [], units: [] }

test('names come with any comma, each once', () => {
  expect(parseNames('一号井、二号井，三号井 , 二号井;')).toEqual(['一号井', '二号井', '三号井'])
  expect(parseNames('  ')).toEqual([])
})

test('one alone is asked as it stands, several each on its own', () => {
  const mine = withFacility(none, 'mine/shaft', true)
  expect(withNames(mine, 'mine/shaft', ['一号井']).units).toEqual([])
  const two = withNames(mine, 'mine/shaft', ['一号井', '二号井'])
  expect(namesOf(two, 'mine/shaft')).toEqual(['一号井', '二号井'])
  expect(namesOf(withNames(two, 'mine/shaft', []), 'mine/shaft')).toEqual([])
})

test('what is no longer on the site loses its names', () => {
  const two = withNames(withFacility(none, 'a/x', true), 'a/x', ['1', '2'])
  expect(withFacility(two, 'a/x', false)).toEqual(none)
})
