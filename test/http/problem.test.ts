import { describe, expect, test } from "vitest";
import { problem, PROBLEMS, type ProblemName } from "../../src/http/problem.ts";

function typeFor(accept: string | undefined): string | undefined {
  const { fields } = problem("bad-request", "What & <why>.", accept);
  return new Map(fields).get("content-type")?.split(";")[0];
}

describe("problem (RFC 9457)", () => {
  test.each([
    [undefined, "application/problem+json"],
    ["*/*", "application/problem+json"],
    ["application/problem+json, text/html;q=0.5", "application/problem+json"],
    ["application/json, text/html;q=0.9", "application/problem+json"],
    ["text/html;q=0", "application/problem+json"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"],
    ["text/markdown, text/html, */*", "text/markdown"],
  ])("for %s it is %s", (accept, type) => {
    expect(typeFor(accept)).toBe(type);
  });

  test("the document has the members of the RFC and the status of the answer", () => {
    for (const name of Object.keys(PROBLEMS) as ProblemName[]) {
      const { status, content } = problem(name, "Because.", undefined);
      const { type, ...rest } = JSON.parse(content) as Record<string, unknown>;
      expect(rest).toEqual({ title: PROBLEMS[name].title, status, detail: "Because." });
      expect(type).toContain(name);
      expect(status).toBe(PROBLEMS[name].status);
    }
  });

  test("is never stored, and varies on the fields of its negotiation", () => {
    const fields = new Map(problem("internal", "Because.", "text/html").fields);
    expect(fields.get("cache-control")).toBe("no-store");
    expect(fields.get("vary")).toBe("Accept");
  });

  test("text is no markup in HTML", () => {
    expect(problem("internal", '<img src="x">&', "text/html").content).not.toContain("<img");
  });
});
