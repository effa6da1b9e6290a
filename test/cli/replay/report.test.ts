import { expect, it } from "vitest";
import { formatReport, type ReplayReport } from "../../../src/cli/replay/report.ts";

const REPORT: ReplayReport = {
  log: {
    file: "access.log",
    format: "combined",
    site: undefined,
    lines: 0,
    requests: 0,
    refused: 0,
    faults: { count: 0, first: undefined },
    from: undefined,
    to: undefined,
  },
  agents: [],
  unjudged: [],
  differences: undefined,
};

it("names the limits of a log only if the rules have features that it can't judge", () => {
  expect(formatReport(REPORT, false)).toBe("access.log (combined): 0 requests\n\nno requests\n");
  const unjudged = [{ feature: "markdown", why: "Accept is not logged" }];
  expect(formatReport({ ...REPORT, unjudged }, false)).toMatch(
    /\n\nNot told by this log:\n *markdown +Accept is not logged\n$/,
  );
});
