import { describe, expect, test } from "vitest";
import { readBounded } from "../../src/http/gather.ts";
import { ownDocuments } from "../../src/own-documents.ts";
import type { OurDocument, StageDocument } from "../../src/pipeline/own-documents.ts";
import type { Settings } from "../../src/platform.ts";
import { fieldsOf, run, shout, stage, textOf, type OriginFacts, type RunOptions } from "./fakes.ts";

const made = { status: 200, fields: [["content-type", "text/plain"]], content: "ours" } as const;

interface Asked extends Partial<OurDocument> {
  readonly method?: string;
  readonly target?: string;
  readonly stages?: Parameters<typeof run>[0];
}

function ask(options: Asked = {}) {
  const { make = () => made, method = "GET", target = "/own", stages = [shout()] } = options;
  const { methods = ["GET", "HEAD"] } = options;
  return run(stages, {
    documents: (path) => (path === "/own" ? { owner: "ours", methods, make } : undefined),
    request: { target, method },
  });
}

describe("a document of our own", () => {
  test("is sent in place of the origin server's, and passes through the features", async () => {
    const { answer, asked, decisions } = await ask();
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
    expect((await ask({ stages: [gate] })).answer.status).toBe(403);
  });

  test("that is ours is refused by no stage that guards pages", async () => {
    const gate = stage("gate", {
      guards: () => true,
      onRequest: () => {
        throw new Error("it is not asked");
      },
    });
    const { answer, decisions } = await ask({ stages: [gate] });
    expect(await textOf(answer)).toBe("ours");
    expect(decisions).toMatchObject([{ kind: "ineligible", reason: "own-document" }]);
  });

  test("may answer other methods", async () => {
    const purge = await ask({ method: "POST", methods: ["POST"], stages: [] });
    expect(purge.answer.status).toBe(200);
    const read = await ask({ methods: ["POST"], stages: [] });
    expect([read.answer.status, fieldsOf(read.answer)["allow"]]).toEqual([405, "POST"]);
  });

  test("is read with GET and HEAD", async () => {
    const head = await ask({ method: "HEAD", stages: [] });
    expect(head.answer).toMatchObject({ status: 200, body: null });
    const post = await ask({ method: "POST", stages: [] });
    expect(post.answer.status).toBe(405);
    expect(fieldsOf(post.answer)["allow"]).toBe("GET, HEAD");
    const other = await ask({ target: "/own/x", stages: [] });
    expect(other.asked).toHaveLength(1);
  });
});

/** Runs a request for the document of a stage, through the real table. */
function askStage(
  parts: Partial<StageDocument>,
  origin: OriginFacts,
  { request = {}, ...more }: RunOptions = {},
) {
  const document: StageDocument = {
    owner: "origin-first",
    at: /\/own$/,
    make: () => ({ kind: "respond", reason: "made", response: made }),
    ...parts,
  };
  const maker = stage("maker", {
    varyOn: ["Accept"],
    documents: [document],
    onRequest: () => {
      throw new Error("it decides on its document alone");
    },
    onResponse: () => {
      throw new Error("it decides on its document alone");
    },
  });
  const documents = ownDocuments(
    [],
    () => false,
    [maker],
    {} as Settings,
    () => 0,
  );
  return run([maker], { documents, origin, request: { target: "/dir/own", ...request }, ...more });
}

const plain = { fields: { "content-type": "text/plain" } };
const reasonsOf = ({ decisions }: Awaited<ReturnType<typeof askStage>>) =>
  decisions?.map(({ phase, kind, reason }) => `${phase} ${kind} ${reason}`);
const FIRST = "request declined origin-is-asked-first";

describe("a document of a stage that the origin server may have", () => {
  test.each([
    [404, "text/html", "made"],
    [410, undefined, "made"],
    [200, "text/html; charset=utf-8", "made"],
    [200, "text/plain", "origin-has-its-own"],
    [200, "text/markdown", "origin-has-its-own"],
    [304, undefined, "origin-has-its-own"],
    [301, undefined, "origin-has-its-own"],
    [403, "text/html", "origin-refuses"],
    [503, "text/html", "origin-refuses"],
  ])("if it answers %s %s: %s", async (status, type, reason) => {
    const fields = type === undefined ? {} : { "content-type": type };
    const got = await askStage({}, { status, fields });
    const isMade = reason === "made";
    expect(got.asked).toHaveLength(1);
    expect(got.answer.status).toBe(isMade ? 200 : status);
    if (isMade) expect(await textOf(got.answer)).toBe("ours");
    expect(got.body?.isReleased).toBe(isMade);
    expect(fieldsOf(got.answer)["vary"]).toBe("Accept");
    expect(reasonsOf(got)).toEqual([
      FIRST,
      `response ${isMade ? "respond" : "declined"} ${reason}`,
    ]);
  });

  test("costs it no request if it is known to have none", async () => {
    const got = await askStage({ isMissing: () => true }, plain);
    expect([got.asked, await textOf(got.answer)]).toEqual([[], "ours"]);
    expect(reasonsOf(got)).toEqual(["response respond made"]);
  });

  test("is not made by a rule that observes", async () => {
    const observe = { modes: { maker: "observe" } } as const;
    const got = await askStage({ isMissing: () => true }, { status: 404 }, observe);
    expect([got.asked.length, got.answer.status]).toEqual([1, 404]);
    expect(reasonsOf(got)).toEqual([FIRST, "response declined watched-only"]);
    expect(fieldsOf(got.answer)["vary"]).toBeUndefined();
  });

  test.each([true, false])("that is not made leaves its response (known: %s)", async (isKnown) => {
    const make: StageDocument["make"] = () => ({ kind: "declined", reason: "none" });
    const got = await askStage({ isMissing: () => isKnown, make }, { status: 404 });
    expect([got.asked.length, got.answer.status]).toEqual([1, 404]);
    expect(reasonsOf(got)?.at(-1)).toBe("response declined none");
  });

  test.each([true, false])("that fails leaves its response (known: %s)", async (isKnown) => {
    const make: StageDocument["make"] = () => Promise.reject(new TypeError("broken"));
    const got = await askStage({ isMissing: () => isKnown, make }, { status: 404 });
    expect([got.asked.length, got.answer.status]).toEqual([1, 404]);
    expect(reasonsOf(got)?.at(-1)).toBe("response failed TypeError");
    expect(got.failures).toEqual(["maker response"]);
  });

  test.each([undefined, { kind: "respond", reason: "made" }])(
    "that is none leaves its response: %j",
    async (outcome) => {
      const got = await askStage({ make: () => outcome as never }, { status: 404 });
      expect([got.asked.length, got.answer.status]).toEqual([1, 404]);
      expect(reasonsOf(got)?.at(-1)).toBe("response failed TypeError");
    },
  );

  test.each(["POST", "PUT"])("is for no %s", async (method) => {
    const got = await askStage({}, { status: 404 }, { request: { method } });
    expect(got.answer.status).toBe(404);
  });

  test("is at no other target", async () => {
    const got = await askStage({}, plain, { request: { target: "/own/x" } });
    expect(await textOf(got.answer)).toBe("<p>page</p>");
  });
});

describe("a document of a stage that is merged with the origin server's", () => {
  const merged: Partial<StageDocument> = {
    owner: "merged",
    async make(_exchange, _policy, origin) {
      const bytes = origin?.body && (await readBounded(origin.body.open(), 1000));
      const text = bytes ? new TextDecoder().decode(bytes) : "none";
      const fields = [...made.fields, ["etag", 'W/"1"']] as const;
      return { kind: "respond", reason: "made", response: { ...made, fields, content: text } };
    },
  };

  test.each([
    [200, "text/plain", "<p>page</p>"],
    [200, "text/html", "none"],
    [404, "text/plain", "none"],
    [503, "text/plain", "<p>page</p>"],
  ])("is made from it: %s %s", async (status, type, text) => {
    const got = await askStage(merged, { status, fields: { "content-type": type } });
    expect([got.answer.status, await textOf(got.answer)]).toEqual([200, text]);
    expect(got.body?.isReleased).toBe(true);
  });

  test("needs the whole of it, decoded, whatever the client has or wants", async () => {
    const fields = {
      "accept-encoding": "br, zstd",
      range: "bytes=0-1",
      "if-none-match": 'W/"1"',
    };
    for (const method of ["GET", "HEAD"]) {
      const got = await askStage(merged, plain, { request: { method, fields } });
      const [sent] = got.asked;
      expect([sent?.method, sent?.fields.get("accept-encoding")]).toEqual(["GET", "br"]);
      expect([sent?.fields.get("range"), sent?.fields.get("if-none-match")]).toEqual([
        undefined,
        undefined,
      ]);
      expect([got.answer.status, fieldsOf(got.answer)["etag"]]).toEqual([304, 'W/"1"']);
    }
    const head = await askStage(merged, plain, { request: { method: "HEAD" } });
    expect(head.answer).toMatchObject({ status: 200, body: null });
    expect(fieldsOf(head.answer)["content-length"]).toBe("11");
  });

  test("is the origin server's own while a rule observes", async () => {
    const observe = { modes: { maker: "observe" }, request: { fields: { range: "bytes=0-1" } } };
    const got = await askStage(merged, plain, observe as RunOptions);
    expect(await textOf(got.answer)).toBe("<p>page</p>");
    expect(got.asked[0]?.fields.get("range")).toBe("bytes=0-1");
  });
});
