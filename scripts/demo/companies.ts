import type { Role } from '../../server/contract/common.ts';
import type { DestinationCode, OriginCode } from './ports.ts';
import { SHOPS } from './shops.ts';

/** Who plays in the demo. All names are invented. */

export type Company = {
  id: string;
  name: string;
  destinations: DestinationCode[];
  /** Pallet places; the port is the one whose cargo it takes in. */
  warehouses: { name: string; port: DestinationCode; total: number; available: number }[];
  /** How this company numbers its purchase orders. */
  poNumber: (running: number) => string;
  /** The first of them, a plausible way into the year. */
  firstOrder: number;
};

export const COMPANIES: Company[] = [
  {
    id: 'nordlicht',
    name: 'Nordlicht Handel',
    destinations: ['DEHAM', 'NLRTM', 'BEANR', 'SEGOT', 'PLGDN'],
    warehouses: [
      { name: 'Hamburg Altenwerder', port: 'DEHAM', total: 12_000, available: 3_140 },
      { name: 'Rotterdam Maasvlakte', port: 'NLRTM', total: 18_500, available: 6_220 },
      { name: 'Gothenburg Arendal', port: 'SEGOT', total: 6_400, available: 910 },
    ],
    poNumber: (running) => `4500${String(running).padStart(6, '0')}`,
    firstOrder: 183_204,
  },
  {
    id: 'blueheron',
    name: 'Blue Heron Supply',
    destinations: ['USLGB', 'USOAK', 'USSAV', 'USNYC', 'CAHAL'],
    warehouses: [
      { name: 'Carson Dominguez', port: 'USLGB', total: 22_000, available: 5_480 },
      { name: 'Savannah Pooler', port: 'USSAV', total: 15_200, available: 7_030 },
      { name: 'Newark Doremus', port: 'USNYC', total: 9_800, available: 1_260 },
    ],
    poNumber: (running) => `PO-${running}`,
    firstOrder: 118_236,
  },
  {
    id: 'kestrel',
    name: 'Kestrel & Daughters',
    destinations: ['GBLGP', 'FRLEH', 'ESVLC', 'ITGOA', 'GRPIR'],
    warehouses: [
      { name: 'Thurrock Lakeside', port: 'GBLGP', total: 7_600, available: 2_040 },
      { name: 'Valencia Sagunto', port: 'ESVLC', total: 5_200, available: 1_980 },
    ],
    poNumber: (running) => `KD26-${String(running).padStart(5, '0')}`,
    firstOrder: 4_117,
  },
];

export type Supplier = {
  name: string;
  port: OriginCode;
  goods: string[];
  /** Of the supplier who signs in and sees its own shipments, whichever company ordered them. */
  userId?: string;
};

export const SUPPLIERS: Supplier[] = [
  { name: 'Hai Long Textiles', port: 'VNHPH', goods: ['cotton shirts', 'work jackets'], userId: 'supplier-hai-long' },
  { name: 'Mantiqueira Coffee', port: 'BRSSZ', goods: ['green coffee in bags'], userId: 'supplier-mantiqueira' },
  { name: 'Huangpu Precision Tools', port: 'CNSHA', goods: ['cordless drills', 'torque wrenches'] },
  { name: 'Yongjiang Castings', port: 'CNNGB', goods: ['pump housings', 'valve bodies'] },
  { name: 'Laoshan Rubber Works', port: 'CNTAO', goods: ['bicycle tyres', 'conveyor belts'] },
  { name: 'Gulang Ceramics', port: 'CNXMN', goods: ['stoneware plates', 'porcelain basins'] },
  { name: 'Pearl Delta Electronics', port: 'HKHKG', goods: ['power supplies', 'LED drivers'] },
  { name: 'Love River Bicycles', port: 'TWKHH', goods: ['bicycle frames', 'gear sets'] },
  { name: 'Haeundae Appliances', port: 'KRPUS', goods: ['induction hobs', 'dehumidifiers'] },
  { name: 'Sagami Optics', port: 'JPYOK', goods: ['camera lenses', 'laser levels'] },
  { name: 'Saigon River Furniture', port: 'VNSGN', goods: ['acacia tables', 'rattan chairs'] },
  { name: 'Chonburi Canning', port: 'THLCH', goods: ['pineapple in cans', 'coconut milk'] },
  { name: 'Klang Valley Gloves', port: 'MYPKG', goods: ['nitrile gloves'] },
  { name: 'Priok Footwear', port: 'IDTPP', goods: ['running shoes', 'sandals'] },
  { name: 'Konkan Spice House', port: 'INNSA', goods: ['black pepper', 'turmeric'] },
  { name: 'Indus Home Linen', port: 'PKKHI', goods: ['bed linen', 'terry towels'] },
  { name: 'Karnaphuli Garments', port: 'BDCGP', goods: ['denim trousers', 'knitwear'] },
  { name: 'Taurus Dried Fruit', port: 'TRMER', goods: ['dried apricots', 'sultanas'] },
  { name: 'Guayas Cocoa', port: 'ECGYE', goods: ['cocoa beans in bags'] },
  { name: 'Aconcagua Orchards', port: 'CLSAI', goods: ['table grapes', 'walnuts'] },
  { name: 'Santa Marta Roasters', port: 'COCTG', goods: ['roasted coffee'] },
  { name: 'Table Bay Cellars', port: 'ZACPT', goods: ['wine in cartons'] },
  { name: 'Kericho Tea Growers', port: 'KEMBA', goods: ['black tea in chests'] },
  { name: 'Lagune Cocoa Union', port: 'CIABJ', goods: ['cocoa butter'] },
  { name: 'Tauranga Kiwi Packers', port: 'NZTRG', goods: ['kiwifruit in trays'] },
];

export type Person = {
  id: string;
  username: string;
  role: Role;
  companyId: string | null;
  /** Of a merchant. */
  shopIds?: string[];
  /** What the person does by itself while somebody watches; the others are for the one who watches. */
  acts?: 'operator' | 'inspector' | 'supplier' | 'vendor' | 'agent' | 'rider' | 'merchant' | 'customer' | 'admin';
};

const person = (username: string, role: Role, companyId: string | null, acts?: Person['acts']): Person => ({
  id: `user-${username}`,
  username,
  role,
  companyId,
  ...(acts && { acts }),
});

export const PEOPLE: Person[] = [
  person('olga', 'operator', 'nordlicht'),
  person('anton', 'admin', 'nordlicht'),
  person('ines', 'inspector', 'nordlicht'),
  person('blake', 'operator', 'blueheron'),
  person('keira', 'operator', 'kestrel'),
  person('sam', 'super_admin', null),
  { ...person('linh', 'supplier', null, 'supplier'), id: 'supplier-hai-long' },
  { ...person('mateus', 'supplier', null, 'supplier'), id: 'supplier-mantiqueira' },
  person('milo', 'vendor', 'nordlicht'),
  person('vesna', 'vendor', 'nordlicht', 'vendor'),
  person('aurel', 'agent', 'nordlicht'),
  { ...person('mara', 'merchant', 'nordlicht'), shopIds: ['Altona'] },
  person('rita', 'rider', 'nordlicht'),
  person('cora', 'customer', null),
  person('agnes', 'agent', 'nordlicht', 'agent'),
  { ...person('malte', 'merchant', 'nordlicht', 'merchant'), shopIds: [...SHOPS] },
  person('clara', 'customer', null, 'customer'),
  person('adele', 'admin', 'nordlicht', 'admin'),
  person('rasmus', 'rider', 'nordlicht', 'rider'),
  person('rieke', 'rider', 'nordlicht', 'rider'),
  person('ruben', 'rider', 'nordlicht', 'rider'),
  person('jonas', 'operator', 'nordlicht', 'operator'),
  person('wiebke', 'inspector', 'nordlicht', 'inspector'),
  person('avery', 'operator', 'blueheron', 'operator'),
  person('harper', 'inspector', 'blueheron', 'inspector'),
  person('declan', 'operator', 'kestrel', 'operator'),
  person('imran', 'inspector', 'kestrel', 'inspector'),
];

/** One for all, easy to type in two windows. The demo's own database is the only one that knows these people. */
export const PASSWORD = 'quayside-crane';
