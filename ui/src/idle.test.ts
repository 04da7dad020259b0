import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import { awake, useIdle } from './idle'

const minutes = ref(5)
const lock = vi.fn()
const minute = 60_000

function open() {
  const app = createApp({
    setup() {
      useIdle(() => minutes.value, lock)
      return () => h('p')
    },
  })
  app.mount(document.createElement('div'))
  return app
}

describe('a laptop that nobody touches', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    minutes.value = 5
    lock.mockReset()
  })
  afterEach(() => {
    awake.value = 0
    vi.useRealTimers()
  })

  it('locks after its minutes, counted from the last touch', () => {
    const app = open()
    vi.advanceTimersByTime(4 * minute)
    window.dispatchEvent(new KeyboardEvent('keydown'))
    vi.advanceTimersByTime(4 * minute)
    expect(lock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(minute)
    expect(lock).toHaveBeenCalledTimes(1)
    app.unmount()
  })

  it('stays open while photos come from a phone, and when it never shall lock', async () => {
    const app = open()
    awake.value = 1
    vi.advanceTimersByTime(60 * minute)
    awake.value = 0
    minutes.value = 0
    await nextTick()
    vi.advanceTimersByTime(60 * minute)
    expect(lock).not.toHaveBeenCalled()
    app.unmount()
  })

  it('locks when it wakes up after hours, or with a clock that was set back', () => {
    const app = open()
    vi.setSystemTime(Date.now() - 24 * 60 * minute)
    vi.advanceTimersByTime(5 * minute)
    expect(lock).toHaveBeenCalledTimes(1)
    app.unmount()
  })
})
