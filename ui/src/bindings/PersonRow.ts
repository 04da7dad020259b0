export type PersonRow = { id: string, name: string, office_name: string }
