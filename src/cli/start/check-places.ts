import { tokensOf } from "../secrets.ts";
import { checkStoreFolder, type StoreChoice } from "../store-choice.ts";
import { UsageError, type CommandContext } from "../usage.ts";
import { checkPort } from "./listen.ts";
import type { GivenSockets } from "./sockets.ts";
import { readCertificates, type TlsChoice } from "./tls.ts";

/** The options that name places on this machine. */
interface Places {
  readonly store: StoreChoice | undefined;
  readonly port: number;
  readonly host: string;
  readonly admin: { readonly host: string; readonly port: number } | undefined;
  readonly tls: TlsChoice | undefined;
  readonly sockets: GivenSockets | undefined;
}

/** Checks that the store, the port and the operator's listener can be used. */
export async function checkPlaces(
  { store, port, host, admin, tls, sockets }: Places,
  context: CommandContext,
): Promise<void> {
  if (store !== undefined) checkStoreFolder(store);
  checkUses(sockets, { admin, tls });
  // A socket of systemd listens already.
  if (sockets === undefined) await checkPort(port, host);
  await checkAdmin(admin, sockets, context);
  await checkTls(tls, sockets, host);
}

/** Checks that each socket of systemd has a use. */
function checkUses(
  sockets: GivenSockets | undefined,
  { admin, tls }: Pick<Places, "admin" | "tls">,
): void {
  if (sockets?.admin !== undefined && admin === undefined) {
    throw new UsageError("the socket admin needs --admin ADDRESS:PORT");
  }
  if (sockets?.redirect !== undefined && tls?.redirect === undefined) {
    throw new UsageError("the socket redirect needs --redirect-http PORT");
  }
}

/** Checks that the operator's listener can listen, and that somebody could use it. */
async function checkAdmin(
  admin: Places["admin"],
  sockets: GivenSockets | undefined,
  { env }: CommandContext,
): Promise<void> {
  if (admin === undefined) return;
  if (tokensOf(env).admin === undefined) {
    throw new UsageError("--admin needs a token: set ADMIN_TOKEN in the environment");
  }
  if (sockets?.admin !== undefined) return;
  await checkPort(admin.port, admin.host, { host: "--admin", port: "--admin" });
}

/** Checks that certificates are usable, and that the port of the redirect is free. */
async function checkTls(
  tls: TlsChoice | undefined,
  sockets: GivenSockets | undefined,
  host: string,
): Promise<void> {
  if (tls === undefined) return;
  readCertificates(tls);
  if (tls.redirect === undefined || sockets?.redirect !== undefined) return;
  await checkPort(tls.redirect.port, host, { host: "--host", port: "--redirect-http" });
}
