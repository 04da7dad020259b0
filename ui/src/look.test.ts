import { describe, expect, it } from 'vitest'
import { lookFrom, usual } from './look'

describe('how the window looks', () => {
  it('is as usual when nothing or nonsense was kept', () => {
    expect(lookFrom(null)).toEqual(usual)
    expect(lookFrom('{')).toEqual(usual)
    expect(lookFrom('null')).toEqual(usual)
  })

  it('keeps what is known and drops what is not, value by value', () => {
    const kept = JSON.stringify({ theme: 'dark', size: 900, lock: 0 })
    expect(lookFrom(kept)).toEqual({ theme: 'dark', size: 100, lock: 0 })
  })
})
