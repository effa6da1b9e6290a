import type { Concerned } from "../../../feature/define.ts";
import type { PolicyWarning } from "../../../pipeline/policy.ts";
import type { AccessPolicy } from "../policy.ts";
import { quotasOf } from "./quotas.ts";

type LimitWarning = PolicyWarning<"limit-coarse" | "runtime">;

/** Requests below which a limit that also concerns people stops ordinary visits. */
const FEW_A_MINUTE = 30;
const FEW_A_DAY = 1000;

/** Warnings about a limit, given the clients and runtimes that it applies to. */
export function limitWarnings(policy: AccessPolicy, concerned: Concerned): LimitWarning[] {
  if (policy.mode === "off" || policy.action !== "limit") return [];
  const warnings: LimitWarning[] = [];
  const warn = (code: LimitWarning["code"], key: string, message: string): void => {
    warnings.push({ level: "warning", code, path: [key], message });
  };
  const { humans, paths, runtimes, hidesClients } = concerned;
  const quotas = quotasOf(policy);
  const named = quotas.find(({ binding }) => binding !== undefined);
  if (named !== undefined && runtimes.includes("node")) {
    const message = `on Node, there is no binding ${JSON.stringify(named.binding)}: the store of the proxy counts instead`;
    warn("runtime", policy.limits === undefined ? "binding" : "limits", message);
  }
  if (hidesClients && runtimes.includes("node")) {
    const message =
      "on Node, without agents.trustedProxyHops all clients behind the server that does TLS share one quota";
    warn("limit-coarse", "action", message);
  }
  // A client may use the whole limit of a long window at once.
  const isLow = quotas.some(
    ({ unit, limit, burst, window }) =>
      unit === "requests" &&
      ((limit + burst) * Math.max(1, 60 / window) < FEW_A_MINUTE ||
        ((limit + burst) * 86_400) / window < FEW_A_DAY),
  );
  // If it is the whole site, the warning about the audience says so.
  const isPart = paths?.some((path) => path !== "/*" && path !== "*") === true;
  if (humans && isLow && isPart) {
    const message =
      "people are limited, too: a page with its images and scripts is many requests, and all clients of a network count together; name agents in match, or raise the limit";
    warn("limit-coarse", "action", message);
  }
  return warnings;
}
