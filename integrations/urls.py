"""Addresses of the pages that need to know the outside."""

from django.urls import path

from integrations import health
from integrations.demo.sign_in import demo_sign_in
from integrations.views import (
    connections,
    find,
    home,
    plan,
    products,
    suppliers,
    sync,
)

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("demo-sign-in/<str:token>/", demo_sign_in, name="demo-sign-in"),
    path("", home.home, name="home"),
    path("find/", find.find, name="find"),
    path("products/<int:pk>/", products.product, name="product"),
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("suppliers/<int:pk>/", suppliers.supplier, name="supplier"),
    path("addresses/<int:pk>/outlet/", connections.ship_to_outlet, name="ship-to-outlet"),
    # connections
    path("connections/", connections.connections, name="connections"),
    path("connections/lightspeed/", connections.connect_xseries, name="connect-xseries"),
    path("connections/portals/add/", connections.portal_add, name="portal-add"),
    path("connections/<int:pk>/", connections.connection, name="connection"),
    path("connections/<int:pk>/state/", connections.connection_state, name="connection-state"),
    path("connections/<int:pk>/key/", connections.portal_renew, name="portal-renew"),
    path("connections/<int:pk>/code/", connections.portal_code, name="portal-code"),
    path("connections/<int:pk>/test/", connections.connection_test, name="connection-test"),
    path(
        "connections/<int:pk>/disconnect/",
        connections.connection_disconnect,
        name="connection-disconnect",
    ),
    path(
        "connections/<int:pk>/supplier/",
        connections.connection_supplier,
        name="connection-supplier",
    ),
    # Registered at Lightspeed as the one place people come back to.
    path("oauth/xseries/", connections.oauth_xseries, name="oauth-xseries"),
    # sync
    path("sync/", sync.sync, name="sync"),
    path("check-now/", sync.check_all, name="check-now"),
    path("sync/lines/<int:pk>/try/", sync.try_now, name="sync-try"),
    path("sync/tasks/<int:pk>/retry/", sync.task_retry, name="task-retry"),
    path("sync/tasks/<int:pk>/drop/", sync.task_drop, name="task-drop"),
    # writing an order to the POS
    path("orders/<int:pk>/plan/", plan.plan, name="plan"),
    path("orders/<int:pk>/plan/agree/", plan.plan_agree, name="plan-agree"),
    path("orders/<int:pk>/plan/reopen/", plan.plan_reopen, name="plan-reopen"),
    path("orders/<int:pk>/plan/rate/", plan.plan_rate, name="plan-rate"),
    path("orders/<int:pk>/plan/lookalike/", plan.plan_lookalike, name="plan-lookalike"),
    path("orders/<int:pk>/retry/", plan.order_retry, name="order-retry"),
    path("orders/<int:pk>/decide/", plan.order_decide, name="order-decide"),
    path("orders/<int:pk>/undo/", plan.order_undo, name="order-undo"),
    path("orders/<int:pk>/sync/", plan.order_sync, name="order-sync"),
    path("orders/<int:pk>/journal/", plan.order_journal, name="order-journal"),
]
