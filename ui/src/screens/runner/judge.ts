import { ref, watch, type Ref } from 'vue'
import { api } from '../../api'
import type { AnswerDraft } from '../../bindings/AnswerDraft'
import type { ItemView } from '../../bindings/ItemView'
import type { JudgementView } from '../../bindings/JudgementView'

/** The last key of a number comes within this after the one before. */
const settledMs = 200

/**
 * What the rules make of what is typed, before it is saved. The rules are the core's; here is only
 * the waiting for the last key, and an answer that comes late is not shown for another item.
 */
export function useJudgement(
  item: Ref<ItemView | null>,
  draft: () => AnswerDraft | null,
): Ref<JudgementView | null> {
  const judged = ref<JudgementView | null>(null)
  let latest = 0

  watch(
    () => JSON.stringify([item.value?.code, item.value?.facility, draft()]),
    (_now, _before, onCleanup) => {
      const asked = draft()
      const mine = (latest += 1)
      if (!item.value || !asked) {
        judged.value = item.value?.judged ?? null
        return
      }
      const timer = setTimeout(() => {
        api.answerJudge(asked).then(
          (answer) => {
            if (mine === latest) judged.value = answer
          },
          () => undefined,
        )
      }, settledMs)
      onCleanup(() => clearTimeout(timer))
    },
    { immediate: true },
  )
  watch(item, (now) => (judged.value = now?.judged ?? null))
  return judged
}
