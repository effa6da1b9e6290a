import type { RobotsLine } from "../../feature/define.ts";
import { usageOfSignal } from "../../http/content-usage.ts";
import { formatSignal } from "./decide.ts";
import { LICENSE } from "./license.ts";
import type { SignalsPolicy } from "./policy.ts";

/** The lines of robots.txt that say what a policy says. */
export function signalsRobots(policy: SignalsPolicy): readonly RobotsLine[] {
  const { aiTrain, contentUsage, license, trainingToken: token } = policy;
  const lines: RobotsLine[] = [];
  const signal = formatSignal(policy);
  if (signal !== "") lines.push({ kind: "field", name: "Content-Signal", value: signal });
  const usage = contentUsage ? usageOfSignal(signal) : "";
  if (usage !== "") {
    lines.push({ kind: "field", name: "Content-Usage", value: usage, takesPath: true });
  }
  if (license !== false) {
    lines.push({ kind: "site", name: "License", value: license === true ? LICENSE : license });
  }
  if (token !== undefined && aiTrain !== undefined) {
    lines.push({ kind: "token", token, name: aiTrain ? "Allow" : "Disallow" });
  }
  return lines;
}
