import { createI18n } from 'vue-i18n'
import { api } from './api'
import type { Text } from './bindings/Text'
import { sentenceOf, toFault } from './faults'
import en from './locales/en.json'
import zh from './locales/zh-CN.json'

export type Language = 'zh-CN' | 'en'
const languageKey = 'ui/language'

export function languageFrom(wish: string | null | undefined): Language {
  return wish?.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: languageFrom(navigator.language),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
})

export function language(): Language {
  return languageFrom(i18n.global.locale.value)
}

function show(wanted: Language): void {
  i18n.global.locale.value = wanted
  document.documentElement.lang = wanted
}

export function setLanguage(wanted: Language): void {
  show(wanted)
  // What cannot be kept holds until the window closes.
  api.localPut(languageKey, wanted).catch(() => undefined)
}

export async function recallLanguage(): Promise<void> {
  const kept = await api.localGet(languageKey).catch(() => null)
  if (kept !== null) show(languageFrom(kept))
}

/** A checklist's text in the reader's language, else the Chinese original. */
export function read(text: Text): string {
  return (language() === 'en' ? text.en : null) ?? text.zh
}

/** The word for a value; a newer laptop's unknown value is shown as it is. */
export function named(prefix: string, value: string): string {
  const key = `${prefix}.${value}`
  return i18n.global.te(key) ? i18n.global.t(key) : value
}

/** Several words in a row, with the comma of the language. */
export function listed(words: string[]): string {
  return words.join(language() === 'en' ? ', ' : '、')
}

/** What a person reads when something failed. */
export function explained(error: unknown): string {
  const sentence = sentenceOf(toFault(error).view, (key) => i18n.global.te(key))
  return i18n.global.t(sentence.key, sentence.params)
}
