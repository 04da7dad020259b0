export type InspectionKind = "unannounced"|"open"|"covert"|"cross"|"random"|"special"|"routine"|"recheck"|"tip_off"|"self_check"|string
