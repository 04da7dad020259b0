import { expect, test, vi } from 'vitest'

vi.mock('./host', () => ({ onChanged: vi.fn(), call: vi.fn(), send: vi.fn(), photoUrl: vi.fn() }))
const { kindsToRefresh, queryClient, refreshSoon } = await import('./query')

test('a saved answer refreshes the inspections, local text refreshes nothing', () => {
  expect(kindsToRefresh(['answer'])).toEqual(['inspection', 'workbench'])
  expect(kindsToRefresh(['photo', 'finding'])).toEqual([
    'inspection',
    'finding',
    'manifest',
    'site',
    'workbench',
  ])
  expect(kindsToRefresh(['local', 'kind_of_next_year'])).toEqual([])
})

test('what arrives may bring a conflict; a settled one changes the bar', () => {
  expect(kindsToRefresh(['sync'])).toEqual(expect.arrayContaining(['conflicts', 'rejected']))
  expect(kindsToRefresh(['conflict'])).toEqual(expect.arrayContaining(['conflicts', 'sync']))
})

test('an office’s terms say what is late: new ones count anew', () => {
  expect(kindsToRefresh(['office'])).toEqual(expect.arrayContaining(['finding', 'workbench']))
})

test('a burst of changes refreshes once', async () => {
  vi.useFakeTimers()
  const refreshed = vi.spyOn(queryClient, 'invalidateQueries')
  for (let n = 0; n < 300; n += 1) refreshSoon(['inspection'])
  await vi.advanceTimersByTimeAsync(200)
  expect(refreshed).toHaveBeenCalledTimes(1)
  vi.useRealTimers()
})

test('where reading takes long it is read less often', async () => {
  vi.useFakeTimers()
  const slow = () => new Promise<void>((done) => setTimeout(done, 300))
  const refreshed = vi.spyOn(queryClient, 'invalidateQueries').mockImplementation(slow)
  refreshed.mockClear()
  refreshSoon(['inspection'])
  await vi.advanceTimersByTimeAsync(400)
  refreshSoon(['inspection'])
  await vi.advanceTimersByTimeAsync(1100)
  expect(refreshed).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(refreshed).toHaveBeenCalledTimes(2)
  refreshed.mockRestore()
  vi.useRealTimers()
})

test('queries run without a network', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  window.dispatchEvent(new Event('offline'))
  const got = await queryClient.query({
    queryKey: ['site', ''],
    queryFn: () => Promise.resolve(['kept']),
  })
  expect(got).toEqual(['kept'])
})
