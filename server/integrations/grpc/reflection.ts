import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type GrpcObject,
  loadPackageDefinition,
  type Server,
  type ServerDuplexStream,
  type ServiceClientConstructor,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/**
 * Server reflection, so that grpcurl and others need nothing but the address. The library's own reflection does not find
 * services without a package, which ours are on purpose, and describes fields by other names than the proto file.
 */

const path = (name: string) => fileURLToPath(new URL(`./proto/${name}`, import.meta.url));

/** The length-delimited fields of a protobuf message, by number; others are passed over. */
const fieldsOf = (message: Buffer): { number: number; value: Buffer }[] => {
  const fields: { number: number; value: Buffer }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at]!;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else {
      const length = varint();
      fields.push({ number: key >>> 3, value: message.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
};

type File = { bytes: Buffer; name: string; dependencies: string[]; services: string[]; symbols: string[] };

/** What of google/protobuf/descriptor.proto is needed here: name 1, package 2, dependency 3, message 4, service 6. */
const readFile = (bytes: Buffer): File => {
  const fields = fieldsOf(bytes);
  const texts = (number: number) => fields.filter((field) => field.number === number).map(({ value }) => String(value));
  const scope = texts(2)[0];
  const named = (number: number) =>
    fields
      .filter((field) => field.number === number)
      .map(({ value }) => String(fieldsOf(value).find((field) => field.number === 1)!.value))
      .map((name) => (scope ? `${scope}.${name}` : name));
  const services = named(6);
  return { bytes, name: texts(1)[0]!, dependencies: texts(3), services, symbols: [...services, ...named(4)] };
};

/** Written by `buf build`, see the test beside this. */
const files = fieldsOf(readFileSync(path('descriptors.binpb'))).map(({ value }) => readFile(value));
const byName = new Map(files.map((file) => [file.name, file]));
const bySymbol = new Map(files.flatMap((file) => file.symbols.map((symbol) => [symbol, file] as const)));

/** A file and all it imports, each once. */
const withImports = (file: File, found = new Set<File>()): Set<File> => {
  if (found.has(file)) return found;
  found.add(file);
  for (const name of file.dependencies) withImports(byName.get(name)!, found);
  return found;
};

/** The file of a symbol, of a service's method or of a message's field. */
const findSymbol = (symbol: string): File | undefined =>
  bySymbol.get(symbol) ?? bySymbol.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.'))));

type Question = { host: string; messageRequest?: string; fileByFilename?: string; fileContainingSymbol?: string };

const describe = (file: File | undefined) =>
  file
    ? { fileDescriptorResponse: { fileDescriptorProto: [...withImports(file)].map(({ bytes }) => bytes) } }
    : { errorResponse: { errorCode: status.NOT_FOUND, errorMessage: 'Not found' } };

const answer = (question: Question) => {
  switch (question.messageRequest) {
    case 'listServices':
      return { listServicesResponse: { service: files.flatMap(({ services }) => services.map((name) => ({ name }))) } };
    case 'fileByFilename':
      return describe(byName.get(question.fileByFilename ?? ''));
    case 'fileContainingSymbol':
      return describe(findSymbol(question.fileContainingSymbol ?? ''));
    default:
      return { errorResponse: { errorCode: status.UNIMPLEMENTED, errorMessage: 'These files extend nothing' } };
  }
};

const converse = (call: ServerDuplexStream<Question, object>): void => {
  call.on('error', () => {});
  call.on('data', (question: Question) => {
    call.write({ validHost: question.host, originalRequest: question, ...answer(question) });
  });
  call.on('end', () => call.end());
};

const v1 = () => {
  const loaded = loadPackageDefinition(
    loadSync(path('grpc/reflection/v1/reflection.proto'), { oneofs: true }),
  ) as unknown as { grpc: { reflection: { v1: GrpcObject } } };
  return (loaded.grpc.reflection.v1.ServerReflection as ServiceClientConstructor).service;
};

/** Both versions: they differ in nothing but the name, and older tools ask for the older one. */
export const addReflection = (server: Server): void => {
  const service = v1();
  const method = service.ServerReflectionInfo!;
  server.addService(service, { ServerReflectionInfo: converse });
  server.addService(
    { ServerReflectionInfo: { ...method, path: method.path.replace('.v1.', '.v1alpha.') } },
    { ServerReflectionInfo: converse },
  );
};
