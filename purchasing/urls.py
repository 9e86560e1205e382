"""Addresses of orders, their review, and receiving."""

from django.urls import path

from purchasing.views import orders, receiving, review, review_acts, review_edit, review_link

urlpatterns = [
    path("orders/", orders.orders, name="orders"),
    path("orders/elsewhere/", orders.orders_elsewhere, name="orders-elsewhere"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/aside/", orders.order_aside, name="order-aside"),
    path("orders/<int:pk>/changes/", orders.order_changes, name="order-changes"),
    # the review
    path("orders/<int:pk>/review/", review.review, name="review"),
    path("orders/<int:pk>/review/<int:item>/", review.review_style, name="review-style"),
    path("orders/<int:pk>/review/accept/", review_acts.accept_bin, name="review-accept-bin"),
    path("orders/<int:pk>/review/<int:item>/decide/", review_acts.decide, name="review-decide"),
    path("orders/<int:pk>/review/<int:item>/settle/", review_acts.settle, name="review-settle"),
    path("orders/<int:pk>/review/undo/<int:event>/", review_acts.undo, name="review-undo"),
    path("orders/<int:pk>/review/brand/", review_acts.brand, name="review-brand"),
    path("orders/<int:pk>/review/supplier/", review_acts.supplier, name="review-supplier"),
    path("orders/<int:pk>/review/outlet/", review_acts.outlet, name="review-outlet"),
    path("orders/<int:pk>/review/rate/", review_acts.rate, name="review-rate"),
    path("orders/<int:pk>/review/problem/", review_acts.problem, name="review-problem"),
    path("orders/<int:pk>/approve/", review_acts.approve, name="order-approve"),
    path("orders/<int:pk>/review/<int:item>/link/", review_link.link, name="review-link"),
    path("orders/<int:pk>/review/<int:item>/product/", review_edit.family, name="review-family"),
    path("orders/<int:pk>/review/<int:item>/size/", review_edit.size, name="review-size"),
    # receiving
    path("receiving/", receiving.receiving, name="receiving"),
    path("orders/<int:pk>/receive/", receiving.receive, name="receive"),
    path("orders/<int:pk>/receive/scan/", receiving.receive_scan, name="receive-scan"),
    path("orders/<int:pk>/receive/count/", receiving.receive_count, name="receive-count"),
    path("orders/<int:pk>/receive/all/", receiving.receive_all, name="receive-all"),
    path("orders/<int:pk>/receive/book/", receiving.receive_book, name="receive-book"),
]
