// The two packages carry no types; these are the parts that make-lanes.ts uses.

declare module 'sea-ports' {
  const ports: { JSON: Record<string, { coordinates?: [longitude: number, latitude: number] }> };
  export default ports;
}

declare module 'searoute-js' {
  type Point = { type: 'Feature'; properties: object; geometry: { type: 'Point'; coordinates: [number, number] } };
  type Line = { geometry: { coordinates: [number, number][] }; properties: { length: number } };
  const searoute: (origin: Point, destination: Point, units: 'kilometers') => Line | null;
  export default searoute;
}
