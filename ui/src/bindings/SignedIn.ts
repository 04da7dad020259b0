export type SignedIn = { person: string, name: string, role: string, office: string, office_name: string }
