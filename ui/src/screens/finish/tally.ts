/** The numbers a person confirms before an inspection is finished. Pure. */
import type { InspectionView } from '../../bindings/InspectionView'
import { answersByItem, groupsOf, results, type Result } from '../runner/model'

export interface Tally {
  results: Record<Result, number>
  unanswered: number
  findings: number
  major: number
  photos: number
  preparing: number
}

export function tally(view: InspectionView): Tally {
  const answers = answersByItem(view.answers)
  const counts = Object.fromEntries(results.map((result) => [result, 0])) as Record<Result, number>
  for (const answer of answers.values()) {
    const known = results.find((result) => result === answer.result)
    if (known) counts[known] += 1
  }
  // Items outside the chosen groups are not checked as well: the record must not look complete.
  counts.not_checked += view.not_checked
  const groups = groupsOf(view.items, answers)
  return {
    results: counts,
    unanswered: groups.reduce((sum, group) => sum + group.total - group.answered, 0),
    findings: view.findings.length,
    major: view.row.major,
    photos: view.photos.length,
    preparing: view.photos.filter(
      (photo) => photo.evidence === null && photo.here && !photo.undecodable,
    ).length,
  }
}
