"""Addresses of orders, review and receiving."""

from django.urls import path

from purchasing.views import orders, receiving

urlpatterns = [
    path("orders/", orders.orders, name="orders"),
    path("orders/elsewhere/", orders.orders_elsewhere, name="orders-elsewhere"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/aside/", orders.order_aside, name="order-aside"),
    path("orders/<int:pk>/changes/", orders.order_changes, name="order-changes"),
    # receiving
    path("receive/", receiving.receiving, name="receiving"),
    path("orders/<int:pk>/receive/", receiving.receive, name="receive"),
    path("orders/<int:pk>/receive/scan/", receiving.receive_scan, name="receive-scan"),
    path("orders/<int:pk>/receive/count/", receiving.receive_count, name="receive-count"),
    path("orders/<int:pk>/receive/all/", receiving.receive_all, name="receive-all"),
    path("orders/<int:pk>/receive/book/", receiving.receive_book, name="receive-book"),
]
