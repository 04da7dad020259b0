import { expect, test } from 'vitest'
import type { LifeView } from '../bindings/LifeView'
import { steps } from './fields'
import {
  blank,
  detailsOf,
  draftText,
  misreadOf,
  missingOf,
  parseForm,
  startOf,
  type Form,
  type Standing,
  type Known,
} from './form'

const grave: Standing = { grave: true, passed: false, suspended: false }
const general: Standing = { grave: false, passed: false, suspended: false }
const around = {
  deadline: '2026-11-12',
  now: '2026-11-27T03:00:00.000Z',
  certificateOf: (person: string) => (person === 'a' ? '藏540100021' : ''),
}
const names = (step: Parameters<typeof blank>[0], form: Form, standing: Standing) =>
  missingOf(step, form, standing).map((field) => field.name)
const known = (over: Partial<Known> = {}): Known => ({
  me: 'me',
  role: 'inspector',
  view: { life: { plan: null }, rung_due: null } as unknown as LifeView,
  before: [],
  after: [],
  ...over,
})

test('a major hazard names what of 五落实 is missing, a general one asks for none of it', () => {
  const form = { ...blank('rectifying'), measures: '清理', due: '2026-11-10' }
  expect(names('rectifying', form, grave)).toEqual(['responsible', 'funds', 'emergency'])
  expect(names('rectifying', form, general)).toEqual([])
})

test('an authority sends two officers, anybody else one', () => {
  const form: Form = { ...blank('rechecked'), verdict: 'pass', authority: 'authority' }
  form['inspectors'] = ['a']
  expect(names('rechecked', form, general)).toEqual(['inspectors'])
  // The same person twice is one.
  expect(names('rechecked', { ...form, inspectors: ['a', 'a'] }, general)).toEqual(['inspectors'])
  expect(names('rechecked', { ...form, inspectors: ['a', 'b'] }, general)).toEqual([])
  expect(names('rechecked', { ...form, authority: 'grassroots' }, general)).toEqual([])
})

test('of a major hazard one of the responsible ones is told', () => {
  const form: Form = { ...blank('notified'), way: 'signed' }
  form['people'] = [{ name: '洛桑', capacity: 'other' }]
  expect(names('notified', form, grave)).toEqual(['people'])
  form['people'] = [{ name: '洛桑', capacity: 'controller' }]
  expect(names('notified', form, grave)).toEqual([])
  expect(names('notified', blank('notified'), general)).toEqual([])
})

test('a closure after a passed recheck needs no reason, and a suspended place says why it stays shut', () => {
  expect(names('closed', blank('closed'), general)).toEqual(['reason'])
  expect(names('closed', blank('closed'), { ...general, passed: true })).toEqual([])
  expect(names('closed', blank('closed'), { grave: true, passed: true, suspended: true })).toEqual([
    ...['remains_shut', 'after', 'reviewers', 'approver'],
  ])
})

test('blank text is as good as none', () => {
  expect(names('extended', { ...blank('extended'), reason: '  ' }, grave)).toContain('reason')
})

test('a day that cannot be read is named before anything is sent', () => {
  const form = { ...blank('extended'), until: '2026-13-01', asked: '20261120' }
  expect(misreadOf('extended', form).map((field) => field.name)).toEqual(['until'])
})

test('inspectors are written with the certificate and the time', () => {
  const form: Form = { ...blank('rechecked'), verdict: 'partial', authority: 'authority' }
  form['inspectors'] = ['a', 'b']
  expect(detailsOf('rechecked', form, around)).toEqual({
    ...{ step: 'rechecked', verdict: 'partial', authority: 'authority', day: null, photos: [] },
    inspectors: [
      { person: 'a', certificate: '藏540100021', at: around.now },
      { person: 'b', certificate: '', at: around.now },
    ],
    ...{ inspection: null, document: '', false_rectification: false },
  })
})

test('an extension says which deadline it puts off, and days are civil dates', () => {
  const form: Form = { ...blank('extended'), until: '2026.12.1', asked: '20261101', approver: 'a' }
  expect(detailsOf('extended', form, around)).toEqual({
    ...{ step: 'extended', from: '2026-11-12', until: '2026-12-01', asked: '2026-11-01' },
    ...{ approver: 'a', document: '' },
  })
})

test('people without a name are not sent', () => {
  const form: Form = { ...blank('notified') }
  form['people'] = [
    { name: ' 洛桑 ', capacity: 'principal' },
    { name: ' ', capacity: 'principal' },
  ]
  expect(detailsOf('notified', form, around)).toMatchObject({
    people: [{ name: '洛桑', capacity: 'principal' }],
    way: null,
  })
})

test('the reason goes beside the details and not in them', () => {
  for (const step of steps)
    expect(detailsOf(step, blank(step), around)).not.toHaveProperty('reason')
})

test('a station rechecks as one, an officer for the authority', () => {
  expect(startOf('rechecked', known({ role: 'station' }))['authority']).toBe('grassroots')
  expect(startOf('rechecked', known())['authority']).toBe('authority')
  expect(startOf('rechecked', known())['inspectors']).toEqual(['me'])
})

test('a known plan is changed, not written anew', () => {
  const plan = { responsible: '洛桑', due: '2026-11-10', funds: '2' }
  const view = { life: { plan }, rung_due: null } as unknown as LifeView
  expect(startOf('rectifying', known({ view }))).toMatchObject(plan)
})

test('what was kept half written comes back; what has another shape does not', () => {
  const start = blank('listed')
  const kept = JSON.stringify({ number: '林安督3号', level: ['county'], colour: 'red' })
  expect(parseForm('listed', start, kept)).toEqual({ ...start, number: '林安督3号' })
  expect(parseForm('listed', start, '{')).toEqual(start)
  expect(parseForm('listed', start, null)).toEqual(start)
})

test('what was half written for some findings is not brought back for others', () => {
  const text = JSON.stringify({ reason: '已电话告知', draft_for: 'a,b' })
  expect(draftText(text, 'a,b')).toBe(text)
  expect(draftText(text, 'a')).toBeNull()
  expect(draftText(text, undefined)).toBeNull()
  expect(draftText('{"reason":""}', undefined)).toBe('{"reason":""}')
  for (const none of [null, '{', 'null']) expect(draftText(none, undefined)).toBeNull()
})
