import { UsageError } from "../usage.ts";

/** Sockets that systemd has opened, as file descriptors (sd_listen_fds(3)). */
export interface GivenSockets {
  readonly site: number;
  /** The listener that redirects to https. */
  readonly redirect?: number | undefined;
  /** The operator's listener. */
  readonly admin?: number | undefined;
}

/** The descriptor of the first socket. */
const FIRST = 3;

/** The sockets that one unit may pass, at most. */
const MOST = 3;

/**
 * Reads which sockets systemd has passed to a process; undefined if none. Of several, the names
 * `redirect` and `admin` say the use; any other one is that of the site. Throws a UsageError.
 *
 * @param pid of the process that systemd has started
 */
export function readSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): GivenSockets | undefined {
  const { LISTEN_PID: of, LISTEN_FDS: count = "", LISTEN_FDNAMES: text } = env;
  // The variables may be inherited from a process for which they were.
  if (of !== String(pid)) return undefined;
  if (!/^[1-9]$/.test(count) || Number(count) > MOST) {
    throw new UsageError(`LISTEN_FDS must be 1 to ${MOST}, not ${JSON.stringify(count)}`);
  }
  const names = text?.split(":") ?? [];
  const found = new Map<keyof GivenSockets, number>();
  for (let i = 0; i < Number(count); i++) {
    const name = names[i];
    const use = name === "redirect" || name === "admin" ? name : "site";
    if (found.has(use)) {
      throw new UsageError(
        `systemd passes two sockets for ${use}: give them FileDescriptorName=redirect or admin`,
      );
    }
    found.set(use, FIRST + i);
  }
  const site = found.get("site");
  if (site === undefined) throw new UsageError("systemd passes no socket for the site");
  return { site, redirect: found.get("redirect"), admin: found.get("admin") };
}
