import { describe, expect, it } from 'vitest'
import { inspectionRow } from '../../samples'
import { nextOf, wayTo } from './next'

describe('the largest button', () => {
  it('goes on with the own visit that was begun, not with another person’s', () => {
    const rows = [
      inspectionRow({ id: 'theirs', mine: false }),
      inspectionRow({ id: 'own', mine: true }),
    ]
    expect(wayTo(nextOf(rows, 'inspector'))).toBe('/inspections/own')
  })

  it('begins a visit when nothing is begun; at a station it begins the round', () => {
    const theirs = [inspectionRow({ mine: false })]
    expect(wayTo(nextOf(theirs, 'inspector'))).toBe('/start')
    expect(wayTo(nextOf([], 'station'))).toBe('/quick')
  })
})
