import process from "node:process";
import type { CommandContext } from "../usage.ts";
import { DEMO_LINES } from "./demo/agent.ts";
import type { ProcessLog } from "./log-options.ts";
import type { Started } from "./options.ts";

const DEV_WARNING =
  "--dev trusts test keys, and key directories on loopback; do not use it in production\n";

/** Reloads the rules at SIGHUP, at which wrangler would end, and replaces processes at SIGUSR2. */
export function obeySignals(log: ProcessLog, running: Started): void {
  process.removeAllListeners("SIGHUP");
  process.on("SIGHUP", () => {
    log.reopen();
    running.reload();
  });
  process.on("SIGUSR2", () => {
    if (running.renew === undefined) log.log.warn("not-renewed", { needs: "--processes" });
    else running.renew();
  });
}

/** Says that the proxy serves; not before: a start that fails says why, and nothing else. */
export function announce(
  { out, err }: CommandContext,
  { url, operatorUrl }: Started,
  { dev, isDemo }: { readonly dev: boolean; readonly isDemo: boolean },
): void {
  if (dev) err(DEV_WARNING);
  out(`ready ${url}\n`);
  if (operatorUrl !== undefined) out(`admin ${operatorUrl}/.wayleave/\n`);
  if (isDemo) out(DEMO_LINES(url));
}
