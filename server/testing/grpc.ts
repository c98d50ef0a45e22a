import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';

/** A caller of gRPC who knows nothing of our code: the published proto file and the library's own client. */

const file = new URL('../integrations/grpc/proto/vendor.proto', import.meta.url);
const definition = loadSync(file.pathname, { longs: Number, defaults: true });

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever comes
export type GrpcAnswer<Body = any> = { code: keyof typeof status; body: Body; details: string };

export type GrpcCaller = {
  call: (method: string, request: object, token?: string, deadlineMs?: number) => Promise<GrpcAnswer>;
  /** A client stream; `finish` ends it and answers, `cancel` cuts it. */
  stream: (token?: string) => {
    write: (request: object) => Promise<void>;
    finish: () => Promise<GrpcAnswer>;
    cancel: () => void;
  };
  close: () => void;
};

const metadataFor = (token: string | undefined) => {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
};

const methodOf = (name: string) => {
  for (const service of ['LocationService', 'VendorService']) {
    const method = (definition[service] as ServiceDefinition)[name];
    if (method) return method;
  }
  throw new Error(`vendor.proto has no ${name}`);
};

/** Calls `127.0.0.1:port`; with `ca`, over TLS. */
export const grpcCaller = (
  port: number,
  { ca, host = '127.0.0.1' }: { ca?: string; host?: string } = {},
): GrpcCaller => {
  const secure = ca === undefined ? credentials.createInsecure() : credentials.createSsl(readFileSync(ca));
  const client = new Client(`${host}:${port}`, secure, { 'grpc.max_send_message_length': -1 });
  const toAnswer = (error: ServiceError | null, body: unknown): GrpcAnswer => ({
    code: (status[error?.code ?? 0] ?? 'UNKNOWN') as keyof typeof status,
    body,
    details: error?.details ?? '',
  });
  return {
    call: (name, request, token, deadlineMs = 5_000) =>
      new Promise((resolve) => {
        const { path, requestSerialize, responseDeserialize } = methodOf(name);
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadataFor(token),
          { deadline: Date.now() + deadlineMs },
          (error, body) => resolve(toAnswer(error, body)),
        );
      }),
    stream: (token) => {
      const { path, requestSerialize, responseDeserialize } = methodOf('StreamVendorLocations');
      let answer: (answer: GrpcAnswer) => void = () => {};
      const answered = new Promise<GrpcAnswer>((resolve) => {
        answer = resolve;
      });
      const call = client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        metadataFor(token),
        { deadline: Date.now() + 30_000 },
        (error, body) => answer(toAnswer(error, body)),
      );
      call.on('error', () => {});
      return {
        write: (request) => new Promise((resolve) => call.write(request, () => resolve())),
        finish: () => {
          call.end();
          return answered;
        },
        cancel: () => call.cancel(),
      };
    },
    close: () => client.close(),
  };
};
