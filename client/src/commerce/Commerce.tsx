import { Redirect, Route, Switch } from 'wouter';
import { NotFound } from '../app/NotFound.tsx';
import { useUser } from '../signin/session.ts';
import { Announcements } from './Announcements.tsx';
import { mayAnnounce, maySeeCommerce, maySeeOnline, maySeeOperations, maySeeStock, mayUseWebhooks } from './access.ts';
import { Digest } from './Digest.tsx';
import { Online } from './Online.tsx';
import { Operations } from './Operations.tsx';
import { OrderPage } from './OrderPage.tsx';
import { Orders } from './Orders.tsx';
import { Stock } from './Stock.tsx';
import { Transfers } from './Transfers.tsx';
import { Webhooks } from './Webhooks.tsx';

/** The screens of commerce: what each role may see of them. */
export default function Commerce() {
  const user = useUser();
  if (!user || !maySeeCommerce(user)) return <NotFound />;
  return (
    <>
      <Digest user={user} />
      <Switch>
        <Route path="/commerce/orders" component={Orders} />
        <Route path="/commerce/orders/:id">{({ id }) => <OrderPage key={id} id={id} />}</Route>
        {maySeeStock(user) && <Route path="/commerce/stock" component={Stock} />}
        {maySeeStock(user) && <Route path="/commerce/transfers" component={Transfers} />}
        {mayAnnounce(user) && <Route path="/commerce/messages" component={Announcements} />}
        {maySeeOnline(user) && <Route path="/commerce/online" component={Online} />}
        {mayUseWebhooks(user) && <Route path="/commerce/webhooks" component={Webhooks} />}
        {maySeeOperations(user) && <Route path="/commerce/operations" component={Operations} />}
        <Route path="/commerce">
          <Redirect to="/commerce/orders" replace />
        </Route>
        <Route component={NotFound} />
      </Switch>
    </>
  );
}
