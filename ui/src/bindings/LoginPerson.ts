export type LoginPerson = { login: string, name: string, role: string, office: string }
