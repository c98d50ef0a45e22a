/**
 * The container ports of the demo, by UN/LOCODE. Names are the usual English ones, since the `sea-ports` data
 * names some by province or in brackets; its coordinates are used for the sea lanes (see make-lanes.ts).
 */
export const ORIGINS = {
  CNSHA: 'Shanghai',
  CNNGB: 'Ningbo',
  CNTAO: 'Qingdao',
  CNXMN: 'Xiamen',
  HKHKG: 'Hong Kong',
  TWKHH: 'Kaohsiung',
  KRPUS: 'Busan',
  JPYOK: 'Yokohama',
  VNHPH: 'Haiphong',
  VNSGN: 'Ho Chi Minh City',
  THLCH: 'Laem Chabang',
  MYPKG: 'Port Klang',
  IDTPP: 'Tanjung Priok',
  INNSA: 'Nhava Sheva',
  PKKHI: 'Karachi',
  BDCGP: 'Chattogram',
  TRMER: 'Mersin',
  BRSSZ: 'Santos',
  ECGYE: 'Guayaquil',
  CLSAI: 'San Antonio',
  COCTG: 'Cartagena',
  ZACPT: 'Cape Town',
  KEMBA: 'Mombasa',
  CIABJ: 'Abidjan',
  NZTRG: 'Tauranga',
} as const;

export const DESTINATIONS = {
  DEHAM: 'Hamburg',
  NLRTM: 'Rotterdam',
  BEANR: 'Antwerp',
  SEGOT: 'Gothenburg',
  PLGDN: 'Gdansk',
  USLGB: 'Long Beach',
  USOAK: 'Oakland',
  USSAV: 'Savannah',
  USNYC: 'New York',
  CAHAL: 'Halifax',
  GBLGP: 'London Gateway',
  FRLEH: 'Le Havre',
  ESVLC: 'Valencia',
  ITGOA: 'Genoa',
  GRPIR: 'Piraeus',
} as const;

export type OriginCode = keyof typeof ORIGINS;
export type DestinationCode = keyof typeof DESTINATIONS;
export type PortCode = OriginCode | DestinationCode;

const names: Record<string, string> = { ...ORIGINS, ...DESTINATIONS };

/** How a port is written on a shipment: `Shanghai, CN`. */
export const portLabel = (code: PortCode): string => `${names[code]}, ${code.slice(0, 2)}`;

const byLabel = new Map(Object.keys(names).map((code) => [portLabel(code as PortCode), code as PortCode]));

/** The port that a shipment's text names; undefined when a person wrote something else. */
export const portOfLabel = (label: string | null): PortCode | undefined =>
  label === null ? undefined : byLabel.get(label);
