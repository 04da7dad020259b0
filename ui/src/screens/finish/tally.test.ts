import { expect, test } from 'vitest'
import { answer, findingRow, inspectionRow, inspectionView, item, photo } from '../../samples'
import { tally } from './tally'

test('the tally counts answers, hazards by key, and photos still being prepared', () => {
  const got = tally(
    inspectionView({
      // Two findings of one hazard are one: the core counts by hazard key.
      row: inspectionRow({ major: 1 }),
      items: [item('1'), item('2'), item('3', { group: 'B' }), item('4', { group: 'B' })],
      answers: [
        answer('1', { result: 'non_compliant' }),
        answer('2', { result: 'non_compliant' }),
        answer('3', { result: 'not_checked' }),
      ],
      findings: [findingRow('f', { level: 'major' }), findingRow('g', { level: 'major' })],
      photos: [
        photo('a'),
        photo('b', { undecodable: true }),
        photo('c', { evidence: { sha256: 't', bytes: 1, mime: 'image/jpeg' } }),
      ],
      not_checked: 10,
    }),
  )
  expect(got.results).toEqual({
    compliant: 0,
    non_compliant: 2,
    not_applicable: 0,
    undetermined: 0,
    not_checked: 11,
  })
  expect(got).toMatchObject({ unanswered: 1, findings: 2, major: 1, photos: 3, preparing: 1 })
})
