/** The page's words: Chinese, or English on a phone that speaks something else. */
import { phone_page as en } from '../src/locales/en.json'
import { phone_page as zh } from '../src/locales/zh-CN.json'

type Word = Exclude<keyof typeof zh, 'reason'>
export type Reason = keyof typeof zh.reason

const chinese = navigator.language.toLowerCase().startsWith('zh')
const words = chinese ? zh : en

export const language = chinese ? 'zh-CN' : 'en'

const filled = (text: string, gaps: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(gaps[name] ?? ''))

export const say = (word: Word, gaps: Record<string, string | number> = {}): string =>
  filled(words[word], gaps)

export const explain = (reason: Reason): string => words.reason[reason]

/** A checklist's text: English where there is one and it is wanted. */
export const read = (text: { zh: string; en: string | null }): string =>
  (chinese ? null : text.en) ?? text.zh
