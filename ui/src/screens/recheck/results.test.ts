import { expect, test } from 'vitest'
import type { RecheckItem } from '../../bindings/RecheckItem'
import { findingRow } from '../../samples'
import { draftOf, missing, noResult, resultsFrom, usualAuthority } from './results'

const item = (id: string, grave = false): RecheckItem => ({
  row: findingRow(id),
  grave,
  extensions: 0,
  verdict: null,
})

test('a hazard that was not looked at is not in what is sent', () => {
  const results = {
    a: { ...noResult(), verdict: 'pass' as const, note: ' 已清理 ' },
    b: noResult(),
  }
  const by = { authority: 'authority' as const, second: 'yi', password: 'p' }
  const draft = draftOf('visit', [item('a'), item('b'), item('c')], results, by)
  expect(draft.verdicts).toEqual([
    { finding: 'a', verdict: 'pass', false_rectification: false, note: '已清理' },
  ])
})

test('the password of a second officer goes nowhere when none is needed', () => {
  const by = { authority: 'grassroots' as const, second: 'yi', password: 'p' }
  expect(draftOf('visit', [], {}, by)).toMatchObject({ second: null, password: null })
})

test('what stands needs words, and a major hazard passes only with a photo of now', () => {
  const fail = { ...noResult(), verdict: 'fail' as const }
  const pass = { ...noResult(), verdict: 'pass' as const }
  expect(missing(item('a'), noResult(), 0)).toBeNull()
  expect(missing(item('a'), fail, 0)).toBe('note_needed')
  expect(missing(item('a'), { ...fail, note: '仍堆放' }, 0)).toBeNull()
  expect(missing(item('a', true), pass, 0)).toBe('photo_needed')
  expect(missing(item('a', true), pass, 1)).toBeNull()
  expect(missing(item('a'), pass, 0)).toBeNull()
})

test('what was kept and cannot be read is nothing', () => {
  expect(resultsFrom('{"a":')).toEqual({})
  expect(resultsFrom(null)).toEqual({})
})

test('a station does not recheck as two officers', () => {
  expect(usualAuthority('station')).toBe('grassroots')
  expect(usualAuthority('inspector')).toBe('authority')
})
