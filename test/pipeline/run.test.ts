import { describe, expect, test, vi } from "vitest";
import { OriginError, type Exchange } from "../../src/pipeline/exchange.ts";
import type { FeatureStage } from "../../src/pipeline/stage.ts";
import {
  declined,
  exchangeOf,
  FakeBody,
  fieldsOf,
  ineligible,
  run,
  shout,
  stage,
  textOf,
  transformBy,
} from "./fakes.ts";

function rejecting(error: Error): () => Promise<never> {
  return async () => {
    throw error;
  };
}

function respond(status = 200, content: string | null = "own", fields: [string, string][] = []) {
  return { kind: "respond", reason: "yes", response: { status, fields, content } } as const;
}

function append(suffix: string): FeatureStage {
  return stage(suffix, { onResponse: () => transformBy((text) => text + suffix) });
}

describe("order", () => {
  test("both phases run in the order of the list, each stage with its own policy", async () => {
    const seen: string[] = [];
    const spy = (name: string): FeatureStage =>
      stage(name, {
        onRequest: (_exchange, policy) => {
          seen.push(`request ${name} ${JSON.stringify(policy)}`);
          return declined;
        },
        onResponse: () => {
          seen.push(`response ${name}`);
          return declined;
        },
      });
    await run([spy("a"), spy("b")], { modes: { b: "observe" } });
    expect(seen).toEqual([
      'request a {"of":"a"}',
      'request b {"of":"b"}',
      "response a",
      "response b",
    ]);
  });

  test("a stage that is off never runs, an ineligible one not twice", async () => {
    const onResponse = vi.fn(() => declined);
    const onRequest = vi.fn(() => declined);
    await run([stage("off", { onRequest, onResponse })], { modes: { off: "off" } });
    expect(onRequest).not.toHaveBeenCalled();
    expect(onResponse).not.toHaveBeenCalled();
    await run([stage("out", { onRequest: () => ineligible, onResponse })]);
    expect(onResponse).not.toHaveBeenCalled();
  });

  test("each transform gets the output of the one before", async () => {
    const { answer } = await run([append("1"), append("2")], {
      origin: { body: new FakeBody(["a"]) },
    });
    expect(await textOf(answer)).toBe("a12");
  });

  test("the decisions are reported once, in order, with mode and rule", async () => {
    const { decisions } = await run([
      stage("a", { onRequest: () => declined, onResponse: () => ineligible }),
    ]);
    expect(decisions).toEqual([
      { feature: "a", phase: "request", mode: "enforce", rule: "defaults", ...declined },
      { feature: "a", phase: "response", mode: "enforce", rule: "defaults", ...ineligible },
    ]);
  });
});

describe("observe", () => {
  test("changes neither the request to the origin nor the response to the client", async () => {
    const stages = [
      shout(),
      stage("redirect", {
        varyOn: ["Cookie"],
        onRequest: () => respond(402),
        onResponse: () => respond(301),
      }),
    ];
    const request = {
      fields: { "Accept-Encoding": "zstd", Range: "bytes=0-1", "If-None-Match": 'W/"a"' },
    };
    const facts = { fields: { "content-type": "text/html", etag: '"a"', vary: "Cookie" } };
    const off = await run(stages, {
      request,
      origin: facts,
      modes: { shout: "off", redirect: "off" },
    });
    const observed = await run(stages, {
      request,
      origin: facts,
      modes: { shout: "observe", redirect: "observe" },
    });
    expect([...(observed.asked[0]?.fields.lines() ?? [])]).toEqual([
      ...(off.asked[0]?.fields.lines() ?? []),
    ]);
    expect(observed.asked[0]?.target).toBe("/page");
    expect(observed.answer.status).toBe(200);
    expect(fieldsOf(observed.answer)).toEqual(fieldsOf(off.answer));
    expect(observed.answer.body).toBe(observed.body);
    expect(observed.body?.isReleased).toBe(false);
    expect(observed.decisions?.map(({ kind }) => kind)).toEqual([
      "forward",
      "respond",
      "transform",
      "respond",
    ]);
  });

  test("a failure there is reported, and changes nothing", async () => {
    const { answer, failures } = await run(
      [
        stage("bad", {
          varyOn: ["Accept"],
          onResponse: () => {
            throw new Error("no");
          },
        }),
      ],
      { modes: { bad: "observe" } },
    );
    expect(failures).toEqual(["bad response"]);
    expect(fieldsOf(answer)).toEqual({ "content-type": "text/html" });
  });
});

describe("respond", () => {
  test("in the request phase skips the origin, and only later stages see the answer", async () => {
    const before = vi.fn(() => declined);
    const { answer, asked } = await run([
      stage("before", { onRequest: () => declined, onResponse: before }),
      stage("own", { onRequest: () => respond(), onResponse: before }),
      stage("after", { onResponse: () => transformBy((text) => `${text}, coded`) }),
    ]);
    expect(asked).toEqual([]);
    expect(before).not.toHaveBeenCalled();
    expect(await textOf(answer)).toBe("own, coded");
  });

  test("a later stage that is not eligible for the request does not see the answer", async () => {
    const onResponse = vi.fn(() => transformBy(() => "changed"));
    const { answer } = await run([
      stage("own", { onRequest: () => respond() }),
      stage("after", { onRequest: () => ineligible, onResponse }),
      stage("second", { onRequest: () => respond(403, "second"), onResponse }),
    ]);
    expect(onResponse).not.toHaveBeenCalled();
    expect(answer.status).toBe(200);
    expect(await textOf(answer)).toBe("own");
  });

  test("it has the Vary of every decision before it", async () => {
    const { answer } = await run([
      stage("a", { varyOn: ["A"], onRequest: () => declined, onResponse: () => declined }),
      stage("b", { varyOn: ["B"], onRequest: () => ineligible }),
      stage("c", { varyOn: ["C"], onRequest: () => respond() }),
    ]);
    expect(fieldsOf(answer)["vary"]).toBe("A, C");
  });

  test("in the response phase releases the origin's content", async () => {
    const { answer, body } = await run([
      stage("a", { onResponse: () => respond(301, null, [["location", "/x"]]) }),
    ]);
    expect(answer.status).toBe(301);
    expect(fieldsOf(answer)).toEqual({ location: "/x", "content-length": "0" });
    expect(await textOf(answer)).toBe("");
    expect(body?.isReleased).toBe(true);
  });

  test("to HEAD says the length of the content and sends none", async () => {
    const { answer } = await run([stage("a", { onRequest: () => respond(200, "äb") })], {
      request: { method: "HEAD" },
    });
    expect(fieldsOf(answer)).toEqual({ "content-length": "3" });
    expect(answer.body).toBeNull();
  });

  test("204 and 304 have neither content nor length (RFC 9110 §8.6)", async () => {
    for (const status of [204, 304]) {
      const { answer } = await run([stage("a", { onRequest: () => respond(status, null) })]);
      expect(fieldsOf(answer)).toEqual({});
      expect(answer.body).toBeNull();
    }
  });
});

describe("Vary", () => {
  test("is merged into the origin's, also if a stage declined or failed, not if ineligible", async () => {
    const { answer } = await run(
      [
        stage("a", { varyOn: ["Accept"], onResponse: () => declined }),
        stage("b", { varyOn: ["B"], onResponse: () => ineligible }),
        stage("c", {
          varyOn: ["C"],
          onResponse: () => ({ ...declined, varyOn: ["Sec-Fetch-Site"] }),
        }),
        stage("d", { varyOn: ["D"], onResponse: () => Promise.reject(new Error("no")) }),
      ],
      { origin: { fields: { vary: "accept" } } },
    );
    expect(fieldsOf(answer)["vary"]).toBe("accept, C, Sec-Fetch-Site, D");
  });

  test("is the same on a 304", async () => {
    const { answer } = await run([shout()], { origin: { status: 304, fields: {} } });
    expect(fieldsOf(answer)).toEqual({ vary: "Accept" });
  });

  test("an asterisk stays alone", async () => {
    const { answer } = await run([shout()], { origin: { fields: { vary: "*" } } });
    expect(fieldsOf(answer)["vary"]).toBe("*");
  });

  test("is owed by a stage without a response phase too", async () => {
    const stages = [stage("a", { varyOn: ["Accept"], onRequest: () => declined })];
    expect(fieldsOf((await run(stages)).answer)["vary"]).toBe("Accept");
    const observed = await run(stages, { modes: { a: "observe" } });
    expect(fieldsOf(observed.answer)["vary"]).toBeUndefined();
  });
});

describe("no-transform (RFC 9110 §7.7)", () => {
  const replace = stage("r", {
    varyOn: ["Accept"],
    onResponse: () => ({
      kind: "replace",
      reason: "yes",
      representation: { variant: "x" },
      content: new Uint8Array([65]),
    }),
  });

  test.each([
    ["the origin", {}, { "cache-control": "max-age=1, No-Transform" }],
    ["the client", { "Cache-Control": "no-transform" }, {}],
  ])("of %s leaves the content unchanged", async (_who, request, fields) => {
    for (const each of [shout(), replace]) {
      const result = await run([each], { request: { fields: request }, origin: { fields } });
      expect(result.answer.body).toBe(result.body);
      expect(fieldsOf(result.answer)["vary"]).toBe("Accept");
      expect(result.decisions?.at(-1)).toMatchObject({ kind: "declined", reason: "no-transform" });
    }
  });

  test("does not prevent a redirect or another field", async () => {
    const fields = { "cache-control": "no-transform" };
    const amended = await run(
      [
        stage("a", {
          onResponse: () => ({ kind: "amend", reason: "yes", fields: { set: [["x", "1"]] } }),
        }),
      ],
      { origin: { fields } },
    );
    expect(fieldsOf(amended.answer)["x"]).toBe("1");
    const sent = await run([stage("a", { onResponse: () => respond(301, null) })], {
      origin: { fields },
    });
    expect(sent.answer.status).toBe(301);
  });
});

function never(): Promise<never> {
  return new Promise(() => {});
}

/** For stages that hang. */
const SOON = { stageTimeout: 50 };

describe("a stage that fails", () => {
  const bad: [string, () => unknown][] = [
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["throws nothing", () => Promise.reject(undefined)],
    ["hangs", never],
    ["returns undefined", () => undefined],
    ["returns null", () => null],
    ["returns null later", async () => null],
    ["returns a word", () => "forward"],
    ["returns an unknown kind", () => ({ kind: "constructor", reason: "x" })],
    ["responds with nothing", () => ({ kind: "respond", reason: "x" })],
  ];

  test.each(bad)("in the request phase: %s, and is skipped", async (_name, call) => {
    const onResponse = vi.fn(() => declined);
    const { answer, failures, body } = await run(
      [
        stage("bad", { onRequest: call as () => never, onResponse }),
        stage("good", { onResponse: () => transformBy((text) => text.toUpperCase()) }),
      ],
      SOON,
    );
    expect(failures).toEqual(["bad request"]);
    expect(onResponse).not.toHaveBeenCalled();
    expect(answer.status).toBe(200);
    expect(await textOf(answer)).toBe("<P>PAGE</P>");
    expect(body?.pulled).toBe(3);
  });

  test.each([
    ...bad,
    ["asks for a scan without a function", () => ({ kind: "scan", maxBytes: 10 })],
    ["replaces by nothing", () => ({ kind: "replace", reason: "x", representation: {} })],
    ["transforms by nothing", () => ({ kind: "transform", reason: "x", representation: {} })],
  ] as [string, () => unknown][])(
    "in the response phase: %s, and is skipped",
    async (_name, call) => {
      const { answer, failures } = await run(
        [
          stage("bad", { varyOn: ["Accept"], onResponse: call as () => never }),
          stage("good", { onResponse: () => transformBy((text) => text.toUpperCase()) }),
        ],
        SOON,
      );
      expect(failures).toEqual(["bad response"]);
      expect(answer.status).toBe(200);
      expect(await textOf(answer)).toBe("<P>PAGE</P>");
      expect(fieldsOf(answer)["vary"]).toBe("Accept");
    },
  );

  test.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["hangs", never],
    ["ends without an outcome", () => undefined],
    ["gives nonsense", () => ({ kind: "scan" })],
  ])("in a scan: %s, and is skipped", async (_name, see) => {
    const body = new FakeBody(["a", "b"]);
    const { answer, failures } = await run(
      [
        stage("bad", {
          onResponse: () => ({ kind: "scan", maxBytes: 10, see: see as () => undefined }),
        }),
      ],
      { origin: { body }, ...SOON },
    );
    expect(failures).toEqual(["bad response"]);
    expect(answer.body).toBe(body);
    expect(body.isReleased).toBe(false);
  });

  test("identification that fails or hangs leaves the request anonymous, and says why", async () => {
    for (const identify of [never, () => Promise.reject(new Error("no"))]) {
      let seen: Exchange["agent"] | undefined;
      const { answer, failures } = await run(
        [
          stage("a", {
            onRequest: ({ agent }) => {
              seen = agent;
              return declined;
            },
          }),
        ],
        { identify, ...SOON },
      );
      expect(answer.status).toBe(200);
      expect(seen).toEqual({ kind: "anonymous", reason: "verification-failed" });
      expect(failures).toEqual(["identify request"]);
    }
  });
});

function threePieces() {
  return {
    body: new FakeBody(["a", "b", "c"]),
    fields: { "content-type": "text/html", "content-length": "3", etag: '"e"' },
  };
}

describe("a transform that fails", () => {
  test.each([
    [
      "when it is made",
      () => {
        throw new Error("no");
      },
    ],
    ["at its first byte", (content: ReadableStream<Uint8Array>) => content.pipeThrough(failing(0))],
    ["by not beginning", () => new ReadableStream<Uint8Array>()],
    ["by being none", () => undefined as unknown as ReadableStream<Uint8Array>],
  ])("%s leaves the origin's answer whole", async (_name, stream) => {
    const facts = threePieces();
    const { answer, failures } = await run(
      [stage("t", { onResponse: () => ({ ...transformBy(String), stream }) })],
      { origin: facts, ...SOON },
    );
    expect(failures).toEqual(["t response"]);
    expect(answer.body).toBe(facts.body);
    expect(facts.body.isReleased).toBe(false);
    expect(fieldsOf(answer)).toEqual(facts.fields);
    // A view that nobody reads would hold up the origin.
    await vi.waitFor(() => expect(facts.body.cancelled).toBe(facts.body.opened));
  });

  test("after its first byte breaks the answer off, never ends it", async () => {
    const { answer, failures } = await run(
      [
        stage("t", {
          onResponse: () => ({
            ...transformBy(String),
            stream: (content: ReadableStream<Uint8Array>) => content.pipeThrough(failing(1)),
          }),
        }),
      ],
      { origin: threePieces() },
    );
    expect(failures).toEqual([]);
    await expect(textOf(answer)).rejects.toThrow("broken");
  });

  test("an origin that breaks off breaks the transformed answer off", async () => {
    const body = new FakeBody(["a", "b"], { breaks: true });
    const { answer } = await run([shout()], { origin: { body } });
    await expect(textOf(answer)).rejects.toThrow("broke off");
  });

  test("the client's going away reaches the view of the origin", async () => {
    const { answer, body } = await run([shout()]);
    const made = (answer.body as unknown as { take(): ReadableStream }).take();
    await made.cancel();
    await vi.waitFor(() => expect(body?.cancelled).toBe(1));
  });
});

function failing(after: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0;
  return new TransformStream({
    transform(piece, controller) {
      if (seen++ >= after) throw new Error("broken");
      controller.enqueue(piece);
    },
  });
}

describe("a transform", () => {
  test("gives the new representation's fields, and none of the old bytes'", async () => {
    const { answer, body } = await run([shout()], {
      origin: { fields: { "content-type": "text/html", "content-length": "11", etag: '"e"' } },
    });
    expect(fieldsOf(answer)).toEqual({
      "content-type": "text/markdown",
      etag: expect.stringMatching(/^W\/"e.+"$/),
      vary: "Accept",
    });
    expect(body?.isReleased).toBe(true);
  });

  test("to HEAD has the fields of GET and no content", async () => {
    const origin = { fields: { "content-type": "text/html", etag: '"e"' } };
    const get = await run([shout()], { origin });
    const head = await run([shout()], { origin, request: { method: "HEAD" } });
    expect(fieldsOf(head.answer)).toEqual(fieldsOf(get.answer));
    expect(head.answer.body).toBeNull();
  });

  test("that leaves nothing is an empty content", async () => {
    const { answer } = await run([stage("t", { onResponse: () => transformBy(() => "") })]);
    expect(await textOf(answer)).toBe("");
  });

  test("of a coding that can't be undone is declined", async () => {
    const body = new FakeBody(["(zstd)"], { readable: false });
    const { answer, decisions } = await run([shout()], { origin: { body } });
    expect(answer.body).toBe(body);
    expect(body.opened).toBe(0);
    expect(decisions?.at(-1)).toMatchObject({ kind: "declined", reason: "unreadable-coding" });
  });
});

describe("the origin server", () => {
  test.each([
    [new OriginError("refused", "connect", new Error("connect secret:80")), 502],
    [new OriginError("tls", "connect", new Error("secret is self-signed")), 502],
    [new OriginError("malformed", "head"), 502],
    [new OriginError("timeout-head", "head"), 504],
    [new Error("secret address"), 500],
  ])("%s is a problem document", async (error, status) => {
    const { answer, decisions } = await run([shout()], { origin: rejecting(error) });
    expect(answer.status).toBe(status);
    expect(fieldsOf(answer)).toMatchObject({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
    });
    expect(await textOf(answer)).not.toContain("secret");
    expect(decisions).toHaveLength(1);
  });

  test("gets the target that an enforced stage forwards to, and stages learn of it", async () => {
    let seen: string | undefined;
    const { asked } = await run(
      [
        stage("a", {
          onRequest: () => ({ kind: "forward", reason: "x", target: "/other?x" }),
          onResponse: (_head, { originTarget }) => {
            seen = originTarget;
            return declined;
          },
        }),
      ],
      { request: { method: "POST", target: "/page" } },
    );
    expect(asked[0]).toMatchObject({ method: "POST", target: "/other?x" });
    expect(seen).toBe("/other?x");
  });

  test("gets a request for other codings only if a stage reads", async () => {
    const request = {
      fields: {
        "Accept-Encoding": "gzip;q=0.5, zstd, dcz",
        "Available-Dictionary": ":x:",
        "Dictionary-ID": '"a"',
        Range: "bytes=0-1",
        "If-Range": '"a"',
        Cookie: "a=b",
      },
    };
    const reading = await run([shout()], { request });
    expect([...(reading.asked[0]?.fields.lines() ?? [])]).toEqual([
      ["Accept-Encoding", "gzip;q=0.5"],
      ["Cookie", "a=b"],
    ]);
    const passing = await run([stage("a", { onRequest: () => declined })], { request });
    expect([...(passing.asked[0]?.fields.lines() ?? [])]).toEqual(Object.entries(request.fields));
  });

  test("a response that no stage wants is sent unchanged", async () => {
    const body = new FakeBody(["raw"], { readable: false });
    const fields = { "Content-Encoding": "zstd", ETag: '"e"', "Content-Length": "3" };
    const { answer } = await run([stage("a", { onResponse: () => ineligible })], {
      origin: { fields, body },
    });
    expect([...answer.fields.lines()]).toEqual(Object.entries(fields));
    expect(answer.body).toBe(body);
    expect(body.opened).toBe(0);
  });
});

function keeping(maxBytes: number, done: (content: Uint8Array<ArrayBuffer>) => void): FeatureStage {
  return stage("k", {
    onResponse: () => ({ kind: "amend", reason: "x", fields: {}, keep: { maxBytes, done } }),
  });
}

describe("keep", () => {
  test("gives a copy of the content while it passes untouched", async () => {
    const done = vi.fn();
    const { answer, body, exchange } = await run([keeping(11, done)]);
    await Promise.all(exchange.work);
    expect(Buffer.from(done.mock.calls[0]?.[0] as Uint8Array).toString()).toBe("<p>page</p>");
    expect(answer.body).toBe(body);
  });

  test("gives nothing if there is more than the bound, or no way to read it", async () => {
    const done = vi.fn();
    const over = await run([keeping(10, done)]);
    await Promise.all(over.exchange.work);
    expect(over.body?.cancelled).toBe(1);
    await run([keeping(99, done)], { origin: { body: new FakeBody(["x"], { readable: false }) } });
    await run([keeping(99, done)], { request: { method: "HEAD" } });
    expect(done).not.toHaveBeenCalled();
  });
});

test("a request without any stage is only forwarded", async () => {
  const { answer, asked } = await run([]);
  expect(asked).toHaveLength(1);
  expect(await textOf(answer)).toBe("<p>page</p>");
  expect(exchangeOf().originTarget).toBe("/page");
});
