import { describe, expect, test } from "vitest";
import type { DocumentOwner, OwnDocument } from "../../src/pipeline/own-documents.ts";
import { fieldsOf, run, shout, stage, textOf } from "./fakes.ts";

const made = { status: 200, fields: [["content-type", "text/plain"]], content: "ours" } as const;

interface Asked {
  readonly make?: OwnDocument["make"];
  readonly method?: string;
  readonly methods?: readonly string[];
  readonly target?: string;
  readonly stages?: Parameters<typeof run>[0];
}

function ask(owner: DocumentOwner, status: number, options: Asked = {}) {
  const {
    make = () => made,
    methods,
    method = "GET",
    target = "/own",
    stages = [shout()],
  } = options;
  return run(stages, {
    documents: (path) => (path === "/own" ? { owner, methods, make } : undefined),
    request: { target, method },
    origin: { status },
  });
}

describe("a document of our own", () => {
  test("is sent in place of the origin server's, and passes through the features", async () => {
    const { answer, asked, decisions } = await ask("ours", 200);
    expect(asked).toEqual([]);
    expect(await textOf(answer)).toBe("OURS");
    expect(fieldsOf(answer)["vary"]).toBe("Accept");
    expect(decisions).toHaveLength(2);
  });

  test("is refused as any response if a rule says so", async () => {
    const refusal = {
      kind: "respond",
      reason: "no",
      response: { status: 403, fields: [], content: "no" },
    } as const;
    const gate = stage("gate", { onRequest: () => refusal });
    expect((await ask("ours", 200, { stages: [gate] })).answer.status).toBe(403);
  });

  test("that is ours is refused by no stage that guards pages", async () => {
    const gate = stage("gate", {
      guards: () => true,
      onRequest: () => {
        throw new Error("it is not asked");
      },
    });
    const { answer, decisions } = await ask("ours", 200, { stages: [gate] });
    expect(await textOf(answer)).toBe("ours");
    expect(decisions).toMatchObject([{ kind: "ineligible", reason: "own-document" }]);
  });

  test("may answer other methods", async () => {
    const purge = await ask("ours", 200, { method: "POST", methods: ["POST"], stages: [] });
    expect(purge.answer.status).toBe(200);
    const read = await ask("ours", 200, { methods: ["POST"], stages: [] });
    expect([read.answer.status, fieldsOf(read.answer)["allow"]]).toEqual([405, "POST"]);
  });

  test("is read with GET and HEAD", async () => {
    const head = await ask("ours", 200, { method: "HEAD", stages: [] });
    expect(head.answer).toMatchObject({ status: 200, body: null });
    const post = await ask("ours", 200, { method: "POST", stages: [] });
    expect(post.answer.status).toBe(405);
    expect(fieldsOf(post.answer)["allow"]).toBe("GET, HEAD");
    const other = await ask("ours", 200, { target: "/own/x", stages: [] });
    expect(other.asked).toHaveLength(1);
  });

  test.each([
    [200, "<p>page</p>"],
    [404, "ours"],
    [410, "ours"],
    [500, "<p>page</p>"],
  ])("that is the origin server's first: it answers %s", async (status, text) => {
    const { answer, asked } = await ask("origin-first", status, { stages: [] });
    expect(asked).toHaveLength(1);
    expect(await textOf(answer)).toBe(text);
  });

  test.each([
    [200, "200 and ours"],
    [404, "none and ours"],
  ])("that is merged is made from the origin server's: %s", async (status, text) => {
    const make: OwnDocument["make"] = (_exchange, origin) => {
      return { ...made, content: `${origin?.status ?? "none"} and ours` };
    };
    const { answer, body } = await ask("merged", status, { make, stages: [] });
    expect(await textOf(answer)).toBe(text);
    expect(body?.isReleased).toBe(true);
    const left = await ask("merged", status, { make: () => undefined, stages: [] });
    expect(left.answer.status).toBe(status);
  });
});
