import { MadeBody } from "../../pipeline/body.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import type { End, RequestEvent } from "../../telemetry/event.ts";
import type { RequestRecord, RequestSource } from "../../telemetry/record.ts";
import type { Recorder } from "../../telemetry/recorder.ts";
import { splitUrl } from "./exchange.ts";

/** The facts about a request that the `Request` does not have. */
interface ConnectionFacts {
  /** Version of HTTP that the client spoke, e.g. "1.1"; empty if unknown. */
  readonly version: string;
  readonly address: string | undefined;
}

/** Begins the record of a request; undefined without a recorder. */
export function watchRequest(
  request: Request,
  known: ConnectionFacts,
  recorder: Recorder | undefined,
): RequestRecord | undefined {
  if (recorder === undefined) return undefined;
  const record = recorder.begin(new WebSource(request, known));
  if (recorder.readsAll) {
    const gone = (): void => {
      // After the head, the end of the content closes the record.
      if (record.status === undefined) close(record, "client-gone", undefined, 0, "end");
    };
    request.signal.addEventListener("abort", gone, { once: true });
  }
  return record;
}

/**
 * Closes a record with its response: at the end of content that the proxy streams, otherwise at the head,
 * since the runtime itself sends the origin server's content.
 */
export function watchAnswer(answer: Answer, record: RequestRecord | undefined): Answer {
  if (record === undefined) return answer;
  const { status, body, fields } = answer;
  if (body === null) {
    close(record, "sent", status, 0, "end");
    return answer;
  }
  const content = body instanceof MadeBody ? body.take() : undefined;
  if (content instanceof ReadableStream) {
    return { ...answer, body: new MadeBody(counted(content, status, record)) };
  }
  const sent = content?.length ?? lengthOf(fields.get("content-length"));
  close(record, "sent", status, sent, "head");
  return answer;
}

/** Closes a record with a response of ours that did not pass through the pipeline. */
export function watchResponse(response: Response, record: RequestRecord | undefined): Response {
  if (record === undefined) return response;
  const sent = response.body === null ? 0 : lengthOf(response.headers.get("content-length"));
  close(record, "sent", response.status, sent, "head");
  return response;
}

function close(
  record: RequestRecord,
  end: End,
  status: number | undefined,
  bytesSent: number | undefined,
  until: RequestEvent["until"],
): void {
  const received = record.source.field("content-length");
  record.close({
    end,
    status,
    bytesReceived: lengthOf(received) ?? 0,
    bytesSent,
    bytesAre: "content",
    until,
  });
}

function counted(
  content: ReadableStream<Uint8Array>,
  status: number,
  record: RequestRecord,
): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let sent = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            close(record, "sent", status, sent, "end");
            return;
          }
          sent += value.length;
          controller.enqueue(value);
        } catch (error) {
          record.broke(error);
          close(record, "aborted", status, sent, "end");
          controller.error(error);
        }
      },
      async cancel(reason) {
        close(record, "client-gone", status, sent, "end");
        await reader.cancel(reason);
      },
    },
    // Reads only on demand.
    { highWaterMark: 0 },
  );
}

function lengthOf(field: string | null | undefined): number | undefined {
  return field === null || field === undefined || !/^\d{1,15}$/.test(field)
    ? undefined
    : Number(field);
}

class WebSource implements RequestSource {
  readonly version: string;
  readonly address: string | undefined;
  readonly #request: Request;

  constructor(request: Request, { version, address }: ConnectionFacts) {
    this.#request = request;
    this.version = version;
    this.address = address;
  }

  get method(): string {
    return this.#request.method;
  }

  get host(): string {
    return splitUrl(this.#request.url).host;
  }

  get target(): string {
    return splitUrl(this.#request.url).target;
  }

  field(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }
}
