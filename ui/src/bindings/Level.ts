export type Level = "major" | "general" | "element" | string
