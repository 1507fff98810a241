// A name server on this machine that knows the TXT records that a test gives it, and nothing else.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

const HEADER_BYTES = 12;
const TYPE_TXT = 16;
const NO_SUCH_NAME = 3;

export class NameServer {
  private readonly texts = new Map<string, string>();

  private constructor(private readonly socket: Socket) {
    socket.on('message', (question, from) => this.answer(question, from));
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
    return new NameServer(socket);
  }

  get address(): string {
    const { address, port } = this.socket.address() as AddressInfo;
    return `${address}:${port}`;
  }

  say(name: string, text: string): void {
    this.texts.set(name, text);
  }

  stop(): void {
    this.socket.close();
  }

  private answer(question: Buffer, from: RemoteInfo): void {
    const { name, end } = asked(question);
    const text = this.texts.get(name);
    const isTxt = question.readUInt16BE(end - 4) === TYPE_TXT;
    const records = text !== undefined && isTxt ? [record(text)] : [];
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(question.readUInt16BE(0), 0);
    header.writeUInt16BE(0x8180 | (text === undefined ? NO_SUCH_NAME : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const message = Buffer.concat([header, question.subarray(HEADER_BYTES, end), ...records]);
    this.socket.send(message, from.port, from.address);
  }
}

/** The name of the question, and where the question ends. */
function asked(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let place = HEADER_BYTES;
  for (let length = question[place] ?? 0; length > 0; length = question[place] ?? 0) {
    labels.push(question.toString('ascii', place + 1, place + 1 + length).toLowerCase());
    place += 1 + length;
  }
  return { name: labels.join('.'), end: place + 5 };
}

/** The name of the question, TXT, IN, a minute, and the text. */
function record(text: string): Buffer {
  const head = Buffer.from([0xc0, 0x0c, 0, TYPE_TXT, 0, 1, 0, 0, 0, 60, 0, text.length + 1]);
  return Buffer.concat([head, Buffer.from([text.length]), Buffer.from(text)]);
}
