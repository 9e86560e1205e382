from django.urls import path

from retailers import views

urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/<int:pk>/role/", views.person_role, name="person-role"),
    path("people/<int:pk>/remove/", views.person_remove, name="person-remove"),
    path("people/letters/<int:pk>/", views.invitation_withdraw, name="invitation-withdraw"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("switch-shop/", views.switch_shop, name="switch-shop"),
    path("settings/", views.shop_settings, name="shop-settings"),
    path("settings/shop/", views.shop_facts, name="shop-facts"),
    path("settings/<slug:key>/reset/", views.shop_rule_reset, name="shop-rule-reset"),
    path("no-shop/", views.no_shop, name="no-shop"),
]
