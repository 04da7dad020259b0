import type { AnswerResult } from "./AnswerResult"
import type { Reading } from "./Reading"

export type Answer = { id: string, inspection: string, edition: string, item: string, facility: string, result: AnswerResult, readings: Reading[], note: string, reason: string, by: string, at: string }
