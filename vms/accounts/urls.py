"""Addresses of login, logout and the user's own account."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from vms.accounts import views

urlpatterns = [
    path(
        "login/", LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True), name="login"
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="account_password"),
]
