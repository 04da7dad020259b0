/** The ledger's rows, their number, and what the person is looking for. */
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, ref, shallowReactive, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api } from '../../api'
import { addressOf, filtersOf, queryOf, type LedgerFilters } from './filters'

const pageRows = 100
const pauseMs = 200

export function useLedger() {
  const route = useRoute()
  const router = useRouter()
  const textOf = (name: string) => {
    const value = route.query[name]
    return typeof value === 'string' ? value : null
  }

  const filters: LedgerFilters = shallowReactive(filtersOf(route.query))
  const typed = ref(filters.search)
  const chosen = ref(textOf('finding'))
  const address = computed(() => addressOf(filters))

  // A list is asked for when the typing pauses, not with every letter.
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(typed, (text) => {
    clearTimeout(timer)
    timer = setTimeout(() => (filters.search = text.trim()), pauseMs)
  })
  onBeforeUnmount(() => clearTimeout(timer))

  function put(now: LedgerFilters): void {
    clearTimeout(timer)
    typed.value = now.search
    Object.assign(filters, now)
  }
  /** What is half typed is part of it: another condition must not undo it. */
  function change(part: Partial<LedgerFilters>): void {
    put({ ...filters, search: typed.value.trim(), ...part })
  }

  // Whoever goes elsewhere and comes back finds the list as it was.
  const own = new Set<string>()
  watch([address, chosen], () => {
    const finding = chosen.value === null ? {} : { finding: chosen.value }
    const query = { ...address.value, ...finding }
    const said = JSON.stringify(addressOf(filtersOf(query)))
    own.add(said)
    void router.replace({ query }).finally(() => own.delete(said))
  })
  // A link to another list of the ledger, such as that of a number or of the due rechecks, is followed.
  watch(
    () => route.query,
    (query) => {
      if (route.path !== '/findings') return
      const wanted = filtersOf(query)
      const said = JSON.stringify(addressOf(wanted))
      // An address of this list that arrives late must not undo what was chosen meanwhile.
      if (own.has(said)) return
      if (said !== JSON.stringify(address.value)) put(wanted)
      chosen.value = textOf('finding')
    },
    { flush: 'sync' },
  )

  const key = computed(() => JSON.stringify(address.value))
  const list = useInfiniteQuery({
    queryKey: ['finding', 'ledger', key],
    queryFn: ({ pageParam }) => api.ledgerPage(queryOf(filters, pageParam, pageRows)),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? undefined,
    // The old rows stay until the new ones are here: a list that blinks cannot be read while typing.
    placeholderData: (before) => before,
  })
  const count = useQuery({
    queryKey: ['finding', 'ledger-count', key],
    queryFn: () => api.ledgerCount(queryOf(filters, null, 1)),
  })
  const rows = computed(() => list.data.value?.pages.flatMap((one) => one.rows) ?? [])
  const settled = computed(
    () => typed.value.trim() === filters.search && !list.isPlaceholderData.value,
  )

  function more(): void {
    if (list.hasNextPage.value && !list.isFetchingNextPage.value) void list.fetchNextPage()
  }

  return { filters, typed, chosen, address, key, list, count, rows, settled, more, put, change }
}
