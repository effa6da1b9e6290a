import type { RobotsLine } from "../../feature/define.ts";
import { usageOfSignal } from "../../http/content-usage.ts";
import { formatSignal } from "./decide.ts";
import { LICENSE } from "./license.ts";
import type { SignalsPolicy } from "./policy.ts";

/** The lines of robots.txt that say what a policy says. */
export function signalsRobots(policy: SignalsPolicy): readonly RobotsLine[] {
  const { aiTrain, contentUsage, license, trainingToken: token, override } = policy;
  const overrides = override ? { overrides: true } : {};
  const lines: RobotsLine[] = [];
  const signal = formatSignal(policy);
  if (signal !== "") {
    const alike = [USAGE];
    lines.push({ kind: "field", name: SIGNAL, value: signal, alike, ...overrides });
  }
  const usage = contentUsage ? usageOfSignal(signal) : "";
  if (usage !== "") {
    const more = { takesPath: true, alike: [SIGNAL], ...overrides } as const;
    lines.push({ kind: "field", name: USAGE, value: usage, ...more });
  }
  if (license !== false) {
    const value = license === true ? LICENSE : license;
    lines.push({ kind: "site", name: "License", value, ...overrides });
  }
  if (token !== undefined && aiTrain !== undefined) {
    lines.push({ kind: "token", token, name: aiTrain ? "Allow" : "Disallow", ...overrides });
  }
  return lines;
}

const SIGNAL = "Content-Signal";
const USAGE = "Content-Usage";
