/** The numbers a person confirms before an inspection is finished. Pure. */
import type { InspectionView } from '../../bindings/InspectionView'
import { answersByItem, groupsOf, results, type GroupProgress, type Result } from '../runner/model'

export interface Tally {
  results: Record<Result, number>
  unanswered: number
  findings: number
  major: number
  /** Failed items without a finding: usually one forgot to write it down. */
  failedAlone: string[]
  photos: number
  preparing: number
  openGroups: GroupProgress[]
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
  const found = new Set(view.findings.map((finding) => finding.item))
  return {
    results: counts,
    unanswered: groups.reduce((sum, group) => sum + group.total - group.answered, 0),
    findings: view.findings.length,
    major: view.row.major,
    failedAlone: [...answers.values()]
      .filter((answer) => answer.result === 'non_compliant' && !found.has(answer.item))
      .map((answer) => answer.item),
    photos: view.photos.length,
    preparing: view.photos.filter((photo) => photo.thumb === null && !photo.undecodable).length,
    openGroups: groups.filter((group) => group.answered < group.total),
  }
}
