import type { Effort, PlainCodec } from "../../src/codecs/plain/codec.ts";

/**
 * What the subjects of the tests do with a request's content: `/br/best` gives it back coded as a
 * whole, `/br/stream` as it comes, and `/br/broken` breaks off behind the first piece.
 */
export async function answerCoded(
  request: Request,
  codecs: readonly PlainCodec[],
): Promise<Response> {
  const [, coding, how] = new URL(request.url).pathname.split("/");
  const codec = codecs.find((each) => each.coding === coding);
  if (codec === undefined) return new Response(codecs.map((each) => each.coding).join());
  const headers = { "content-encoding": codec.coding, "content-type": "text/plain" };
  const manual = { headers, encodeBody: "manual" };
  if (how !== "stream" && how !== "broken") {
    const content = new Uint8Array(await request.arrayBuffer());
    return new Response(await codec.encode(content, how as Effort), manual);
  }
  const stream = codec.stream?.();
  if (stream === undefined || request.body === null) return new Response(null, manual);
  const body = how === "stream" ? request.body : request.body.pipeThrough(breakOff());
  return new Response(body.pipeThrough(stream), manual);
}

function breakOff(): TransformStream<Uint8Array, Uint8Array> {
  let pieces = 0;
  return new TransformStream({
    transform(chunk, controller) {
      if (pieces++ === 0) controller.enqueue(chunk);
      else controller.error(new Error("the origin is gone"));
    },
  });
}
