import { expect, test } from 'vitest'
import { emptyDraft, emptyOrganization, matching, parseDraft, ready } from './drafts'

test('what was half written comes back, and what is no draft does not', () => {
  const draft = { ...emptyDraft(), name: '示范店' }
  expect(parseDraft(JSON.stringify(draft))).toEqual(draft)
  for (const text of [null, '', '{', '[]', '{"name":"x"}']) expect(parseDraft(text)).toBeNull()
})

test('an organization that nobody filled in is left out', () => {
  const filled = { ...emptyOrganization('owner'), credit_code: '9' }
  const draft = { ...emptyDraft(), organizations: [emptyOrganization('operator'), filled] }
  expect(ready(draft).organizations).toEqual([filled])
})

test('a division is found by digits and by words of its name', () => {
  const all = [
    { code: '540100000000', name: '拉萨市' },
    { code: '540121000000', name: '拉萨市林周县' },
  ]
  expect(matching(all, '5401', 9)).toHaveLength(2)
  expect(matching(all, '拉萨 林周', 9).map((one) => one.code)).toEqual(['540121000000'])
  expect(matching(all, ' ', 9)).toEqual([])
})
