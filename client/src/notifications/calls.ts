import type { NotificationList } from '../../../server/contract/commerce.ts';
import { request } from '../app/api.ts';

type Query = { unread: boolean; cursor: string };

export const readNotifications = ({ unread, cursor }: Query, signal?: AbortSignal) => {
  const query = new URLSearchParams({ limit: '50', ...(unread && { unread: 'true' }), ...(cursor && { cursor }) });
  return request<NotificationList>(`/api/notifications?${query}`, signal ? { signal } : {});
};

export const markRead = (id: string) =>
  request<unknown>(`/api/notifications/${encodeURIComponent(id)}/read`, { method: 'POST' });
export const markAllRead = () => request<unknown>('/api/notifications/read-all', { method: 'POST' });
