import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { newId } from '../app/newId.ts';

/**
 * Sends something that creates. The same content sent twice (a retry after a lost answer, a double click) is one
 * thing; changed content is another request.
 */
export const useCreate = <Body, Answer>(
  call: (body: Body, idempotencyKey: string) => Promise<Answer>,
  onSuccess: (answer: Answer) => void,
) => {
  const sent = useRef({ content: '', key: '' });
  return useMutation({
    mutationFn: (body: Body) => {
      const content = JSON.stringify(body);
      if (sent.current.content !== content) sent.current = { content, key: newId() };
      return call(body, sent.current.key);
    },
    onSuccess: (answer) => {
      sent.current = { content: '', key: '' };
      onSuccess(answer);
    },
  });
};
