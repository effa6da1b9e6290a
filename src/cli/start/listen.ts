import { createServer, isIP } from "node:net";
import { UsageError, wrongValue } from "../usage.ts";

export const LOOPBACK = "127.0.0.1";

/** Parses the address of `--host`. */
export function readHost(text: string): string {
  if (isIP(text) === 0) throw wrongValue("--host", "an IP address", text);
  return text;
}

/** Parses the address of `--admin`, e.g. "127.0.0.1:9000" or "[::1]:9000". */
export function readAddress(text: string): { readonly host: string; readonly port: number } {
  const [, ipv6, ipv4, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = ipv6 ?? ipv4 ?? "";
  const port = Number(digits);
  if (isIP(host) === (ipv6 === undefined ? 4 : 6) && port > 0 && port < 65_536) {
    return { host, port };
  }
  throw wrongValue("--admin", "an IP address with a port, such as 127.0.0.1:9000", text);
}

/** Throws a UsageError unless the address is on loopback, since --dev trusts test keys. */
export function checkLoopback(host: string): void {
  if (host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) return;
  throw new UsageError("the demo site and --dev need loopback: omit --host");
}

/** Rejects with a UsageError of one line if the port can't be used. */
export function checkPort(
  port: number,
  host: string,
  options: PortOptions = { host: "--host", port: "--port" },
): Promise<void> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      fail(new UsageError(describe(error.code, port, host, options)));
    });
    probe.listen(port, host, () => probe.close(() => done()));
  });
}

/** The options that name the address and the port. */
interface PortOptions {
  readonly host: string;
  readonly port: string;
}

function describe(
  code: string | undefined,
  port: number,
  host: string,
  options: PortOptions,
): string {
  if (code === "EADDRNOTAVAIL")
    return `${host} is not an address of this machine; choose another with ${options.host}`;
  const why =
    code === "EADDRINUSE"
      ? "is in use"
      : code === "EACCES"
        ? "needs privileges that this user does not have"
        : `can't be used (${code})`;
  return `port ${port} ${why}; choose another with ${options.port}`;
}
