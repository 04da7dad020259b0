import type { AnswerResult } from "./AnswerResult"
import type { Reading } from "./Reading"

export type AnswerDraft = { inspection: string, edition: string, item: string, facility: string, result: AnswerResult, readings: Reading[], note: string, reason: string }
