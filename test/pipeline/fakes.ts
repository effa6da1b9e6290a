import type { Agent } from "../../src/agent/agent.ts";
import { FieldList } from "../../src/http/fields.ts";
import { MadeBody, type Body } from "../../src/pipeline/body.ts";
import type { Answer, Exchange, OriginClient, OriginRequest } from "../../src/pipeline/exchange.ts";
import type { Mode } from "../../src/pipeline/policy.ts";
import { createPipeline, type PipelineOptions } from "../../src/pipeline/run.ts";
import type { DecisionRecord, FeatureStage } from "../../src/pipeline/stage.ts";

export interface RequestFacts {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
  readonly clientAddress?: string | undefined;
}

/** A request from plain values, with the work that it left for later. */
export function exchangeOf(facts: RequestFacts = {}): Exchange & { work: Promise<unknown>[] } {
  const { method = "GET", target = "/page", agent = { kind: "anonymous" }, clientAddress } = facts;
  const fields = Object.entries(facts.fields ?? {});
  const byName = new Map(fields.map(([name, value]) => [name.toLowerCase(), value]));
  const work: Promise<unknown>[] = [];
  return {
    method,
    target,
    host: "www.example.com",
    url: new URL(`https://www.example.com${target}`),
    agent,
    clientAddress,
    originTarget: target,
    values: new Map(),
    field: (name) => byName.get(name),
    forwardable: () => FieldList.from(fields.flat()),
    background: (each) => {
      // As a server does: a failure behind an answer ends nothing.
      each.catch(() => {});
      work.push(each);
    },
    work,
  };
}

/** A body as it comes from an origin: views of it are counted, and sending it gives other bytes. */
export class FakeBody implements Body {
  readonly readable: boolean;
  readonly pieces: readonly string[];
  /** Where the content breaks off instead of ending. */
  readonly breaks: boolean;
  opened = 0;
  cancelled = 0;
  pulled = 0;
  isReleased = false;

  constructor(pieces: readonly string[], { readable = true, breaks = false } = {}) {
    this.pieces = pieces;
    this.readable = readable;
    this.breaks = breaks;
  }

  open(): ReadableStream<Uint8Array> {
    this.opened++;
    let at = 0;
    return new ReadableStream(
      {
        pull: (controller) => {
          const piece = this.pieces[at++];
          if (piece !== undefined) {
            this.pulled++;
            controller.enqueue(new TextEncoder().encode(piece));
          } else if (this.breaks) controller.error(new Error("the origin broke off"));
          else controller.close();
        },
        cancel: () => void this.cancelled++,
      },
      { highWaterMark: 0 },
    );
  }

  copy(): ReadableStream<Uint8Array> {
    return this.open();
  }

  release(): void {
    this.isReleased = true;
  }
}

/** The text that a client would read. Rejects where the content breaks off. */
export async function textOf({ body }: Answer): Promise<string | null> {
  if (body === null) return null;
  if (body instanceof FakeBody) return body.pieces.join("");
  if (!(body instanceof MadeBody)) throw new TypeError("an unknown body");
  return new Response(body.take()).text();
}

export function fieldsOf({ fields }: Answer): Record<string, string> {
  return Object.fromEntries(
    [...fields.lines()].map(([name, value]) => [name.toLowerCase(), value]),
  );
}

export interface OriginFacts {
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Body | null;
}

export interface RunOptions extends Partial<Omit<PipelineOptions, "stages">> {
  readonly modes?: Readonly<Record<string, Mode>>;
  readonly request?: RequestFacts;
  readonly origin?: OriginFacts | OriginClient;
}

/** Runs one request through stages, and tells all that came of it. */
export async function run(stages: readonly FeatureStage[], options: RunOptions = {}) {
  const { modes = {}, request = {}, origin = {}, ...rest } = options;
  const asked: OriginRequest[] = [];
  const failures: string[] = [];
  let decisions: readonly DecisionRecord[] | undefined;
  const exchange = exchangeOf(request);
  const body =
    typeof origin === "function" || origin.body !== undefined
      ? null
      : new FakeBody(["<p>", "page", "</p>"]);
  const client: OriginClient = async (each) => {
    asked.push(each);
    if (typeof origin === "function") return origin(each);
    const { status = 200, fields = { "content-type": "text/html" } } = origin;
    const content = origin.body ?? body;
    const hasContent = each.method !== "HEAD" && status !== 304 && status !== 204;
    return {
      status,
      fields: FieldList.from(Object.entries(fields).flat()),
      body: hasContent ? content : null,
    };
  };
  // Fakes of one name may differ: the mode goes by the stage's place in the list.
  let next = 0;
  const pipeline = createPipeline({
    stages,
    identify: () => exchange.agent,
    policiesFor: () => () => {
      const { feature: name } = stages[next++ % stages.length] as FeatureStage;
      return { mode: modes[name] ?? "enforce", policy: { of: name }, rule: "defaults" };
    },
    decodable: new Set(["gzip", "br"]),
    onFailure: (feature, phase) => failures.push(`${feature} ${phase}`),
    onDecided: (_exchange, _status, made) => {
      decisions = made;
    },
    // A busy machine takes its time; tests of stages that hang set less.
    stageTimeout: 10_000,
    ...rest,
  });
  const answer = await pipeline(exchange, client);
  return { answer, asked, failures, exchange, body, decisions };
}

/** A stage that takes no part unless told to. */
export function stage(name: string, parts: Partial<FeatureStage> = {}): FeatureStage {
  return { feature: name, ...parts };
}

export const declined = { kind: "declined", reason: "no" } as const;
export const ineligible = { kind: "ineligible", reason: "no" } as const;

/** A transform of the content's text. */
export function transformBy(change: (text: string) => string) {
  return {
    kind: "transform",
    reason: "yes",
    representation: { variant: "t", type: "text/markdown" },
    stream: (content: ReadableStream<Uint8Array>) =>
      content.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(piece, controller) {
            const text = change(new TextDecoder().decode(piece));
            if (text !== "") controller.enqueue(new TextEncoder().encode(text));
          },
        }),
      ),
  } as const;
}

/** A stage that asks for the content and gives back its text in capitals. */
export function shout(name = "shout"): FeatureStage {
  return stage(name, {
    varyOn: ["Accept"],
    onRequest: () => ({ kind: "forward", reason: "yes", reads: true, variant: "md" }),
    onResponse: ({ status }) =>
      status === 200 ? transformBy((text) => text.toUpperCase()) : declined,
  });
}
