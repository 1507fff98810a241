import { expect, it } from 'vitest';
import { messages } from './preview';

it('reads messages however the network cuts them', async () => {
  const parts = [': hello\n\nda', 'ta: {"files":1}\n', '\ndata: {"fi', 'les":2}\r\n\r\nevent: x\n'];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  const seen: string[] = [];
  for await (const message of messages(body)) seen.push(message);
  expect(seen).toEqual(['{"files":1}', '{"files":2}']);
});
