import { tokensOf } from "../secrets.ts";
import { checkStoreFolder, type StoreChoice } from "../store-choice.ts";
import { UsageError, type CommandContext } from "../usage.ts";
import { checkPort } from "./listen.ts";
import { readCertificates, type TlsChoice } from "./tls.ts";

/** The options that name places on this machine. */
interface Places {
  readonly store: StoreChoice | undefined;
  readonly port: number;
  readonly host: string;
  readonly admin: { readonly host: string; readonly port: number } | undefined;
  readonly tls: TlsChoice | undefined;
}

/** Checks that the store, the port and the operator's listener can be used. */
export async function checkPlaces(
  { store, port, host, admin, tls }: Places,
  context: CommandContext,
): Promise<void> {
  if (store !== undefined) checkStoreFolder(store);
  await checkPort(port, host);
  await checkAdmin(admin, context);
  await checkTls(tls, host);
}

/** Checks that the operator's listener can listen, and that somebody could use it. */
async function checkAdmin(admin: Places["admin"], { env }: CommandContext): Promise<void> {
  if (admin === undefined) return;
  if (tokensOf(env).admin === undefined) {
    throw new UsageError("--admin needs a token: set ADMIN_TOKEN in the environment");
  }
  await checkPort(admin.port, admin.host, { host: "--admin", port: "--admin" });
}

/** Checks that certificates are usable, and that the port of the redirect is free. */
async function checkTls(tls: TlsChoice | undefined, host: string): Promise<void> {
  if (tls === undefined) return;
  readCertificates(tls);
  if (tls.redirect === undefined) return;
  await checkPort(tls.redirect.port, host, { host: "--host", port: "--redirect-http" });
}
