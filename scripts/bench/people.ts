import { createSecretKey, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** The secret both servers are started with; of this run only. */
export const secret = randomBytes(32).toString('hex');
const key = createSecretKey(Buffer.from(secret));

const sign = (id: string, role: string, companyId?: string): string =>
  jwt.sign({ sub: id, username: id, role, companyId }, key, { algorithm: 'HS256', expiresIn: '12h' });

const tokens: string[] = [];
/** Where all belong of whom a row does not say otherwise. */
const COMPANY = 'bench';

/** Tokens of `count` different operators of one company; the same people on every call. */
export function tokensOf(count: number): string[] {
  while (tokens.length < count) tokens.push(sign(`bench-${tokens.length}`, 'operator', COMPANY));
  return tokens.slice(0, count);
}

export const companyOf = (number: number): string => `${COMPANY}-${number}`;

const tokensElsewhere = new Map<string, string>();

/** Tokens of different operators, one for each number of a company in `companies`; the same people on every call. */
export const tokensAt = (companies: readonly number[]): string[] =>
  companies.map((number, person) => {
    const id = `${companyOf(number)}-${person}`;
    const token = tokensElsewhere.get(id) ?? sign(id, 'operator', companyOf(number));
    tokensElsewhere.set(id, token);
    return token;
  });

/** Of somebody who manages the things of all companies. */
export const ownerToken = (): string => sign('bench-owner', 'super_admin');
