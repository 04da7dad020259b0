import type { FaultView } from "./FaultView"
import type { LoginPerson } from "./LoginPerson"
import type { SignedIn } from "./SignedIn"

export type InstallStatus = { enrolled: boolean, device_name: string | null, server_url: string | null, people: LoginPerson[], signed_in: SignedIn | null, problem: FaultView | null, version: string }
