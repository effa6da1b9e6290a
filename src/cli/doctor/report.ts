import { beside, columnFor, paintWith } from "../layout.ts";
import { PARTS, type SetupFinding } from "./finding.ts";

/** Formats findings for people, by part. */
export function formatFindings(findings: readonly SetupFinding[], color: boolean): string {
  const paint = paintWith(color);
  const signs = {
    ok: paint.good("ok"),
    doubtful: paint.doubtful("doubtful"),
    bad: paint.bad("bad"),
    unknown: paint.dim("unknown"),
  } as const;
  const at = columnFor([...PARTS]);
  const lines = PARTS.flatMap((part) =>
    findings
      .filter((each) => each.part === part)
      .map(({ result, says, todo }, index) => {
        const sign = result === "ok" ? "" : `${signs[result]}: `;
        const text = `${sign}${says}${todo === undefined ? "" : `. ${todo}`}`;
        return beside(index === 0 ? part : "", text, at, paint.bold);
      }),
  );
  return `${lines.join("\n")}\n`;
}

/** Whether something does not work. */
export function hasFailed(findings: readonly SetupFinding[]): boolean {
  return findings.some(({ result }) => result === "bad");
}
