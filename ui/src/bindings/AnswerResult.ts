export type AnswerResult = "compliant" | "non_compliant" | "not_applicable" | "undetermined" | "not_checked" | string
